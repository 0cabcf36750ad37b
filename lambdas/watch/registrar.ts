import { LRUCache } from "lru-cache";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { KnownAnswer, WatchState } from "../../shared/contracts/known-answer.ts";
import type { Served } from "../../shared/contracts/region-event.ts";
import type { WatchList } from "../ports/watch-list.ts";
import { recordOf, type RankedAnswer } from "./watched-answer.ts";

export interface RegistrarDeps {
  /**
   * Whether answers are watched at all: not where the engine pins no view. Their candidates would have to be read again there, behind
   * every answer that is asked for twice, which milvus-lite takes seconds for.
   */
  readonly watches: boolean;
  readonly watch: WatchList;
  /** Has the holder of the appliers' lease begin the list of a collection that has none, or move it on. */
  readonly beginList: (record: CollectionRecord, signal: AbortSignal) => Promise<unknown>;
  readonly nowMs: () => number;
  readonly newId: () => string;
  readonly onFailure: (collection: string, error: unknown) => void;
}

/** Longest that an answer waits to be registered. */
const REGISTER_MS_MAX = 500;
const STANDS_MS_MAX = 150;
/** A list that is lost again and again is not begun, or moved on, more often than this. */
const BEGIN_MS_MIN = 2_000;

/** Puts answers that were asked for twice on the region's watch list, and says of one whether it is still on it. */
export class Registrar {
  readonly #deps: RegistrarDeps;
  readonly #begunMs = new LRUCache<string, number>({ max: 1_000 });

  constructor(deps: RegistrarDeps) {
    this.#deps = deps;
  }

  get watches(): boolean {
    return this.#deps.watches;
  }

  /** A random name for an answer, that no other ever had. */
  newEntryId(): string {
    return this.#deps.newId();
  }

  /**
   * Whether the answer that the edge holds is on the list where the list stands at the point that is read now. A list that stands
   * there, and was confirmed earlier than the read was, has that confirmation too.
   */
  async stands(
    record: CollectionRecord,
    { entryId, watch }: KnownAnswer,
    { incarnation, point, confirmed }: Served,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (watch !== "on") return false;
    try {
      const within = AbortSignal.any([signal, AbortSignal.timeout(STANDS_MS_MAX)]);
      return await this.#deps.watch.stands(incarnation, entryId, { point, confirmed }, within);
    } catch (error) {
      signal.throwIfAborted();
      this.#deps.onFailure(record.name, error);
      return false;
    }
  }

  /** @returns `off` where the answer can't be watched; `unasked` where it could not be registered now, but may be another time */
  async register(
    record: CollectionRecord,
    served: Served,
    entryId: string,
    answer: RankedAnswer,
    signal: AbortSignal,
  ): Promise<WatchState> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(REGISTER_MS_MAX)]);
    try {
      const json = await recordOf(answer, within);
      if (json === null) return "off";
      const { watch } = this.#deps;
      const { incarnation, point } = served;
      let outcome = await watch.register(incarnation, point, entryId, json, within);
      if (outcome === "absent" && (await this.#begin(record, within)))
        outcome = await watch.register(incarnation, point, entryId, json, within);
      // Its holder died, or had no time to read all of it: without another write nobody would move it on.
      if (outcome === "behind") await this.#begin(record, within);
      return outcome === "registered" || outcome === "behind" ? "on" : "unasked";
    } catch (error) {
      // The answer itself is whole: it is only not watched.
      signal.throwIfAborted();
      this.#deps.onFailure(record.name, error);
      return "unasked";
    }
  }

  async #begin(record: CollectionRecord, signal: AbortSignal): Promise<boolean> {
    const { nowMs, beginList } = this.#deps;
    const begunMs = this.#begunMs.get(record.incarnation) ?? -Infinity;
    if (nowMs() - begunMs < BEGIN_MS_MIN) return false;
    this.#begunMs.set(record.incarnation, nowMs());
    await beginList(record, signal);
    return true;
  }
}
