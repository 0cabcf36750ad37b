import type { LocationCache } from "../../workers/ports/location-cache.ts";
import type { Life } from "./life.ts";
import type { VirtualTime } from "./virtual-time.ts";

const CALL_MS = 1;

/** What the isolates of a location share, and it may forget at any time. */
export class SimulatedLocationCache {
  readonly #texts = new Map<string, { readonly text: string; readonly untilMs: number }>();

  forget(): void {
    this.#texts.clear();
  }

  seenBy(life: Life, time: VirtualTime): LocationCache {
    return {
      get: (key) =>
        life.call(async () => {
          await time.wait(CALL_MS, "cache");
          const kept = this.#texts.get(key);
          return kept === undefined || kept.untilMs < time.nowMs ? null : kept.text;
        }),
      put: (key, text, maxAgeS) =>
        life.call(async () => {
          await time.wait(CALL_MS, "cache keeps");
          this.#texts.set(key, { text, untilMs: time.nowMs + maxAgeS * 1_000 });
        }),
      picture: async () => null,
      keepPicture: async () => undefined,
    };
  }
}
