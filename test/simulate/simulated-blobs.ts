import type { BlobStore } from "../../lambdas/ports/blobs.ts";
import { abortable } from "../../shared/std/abortable.ts";
import type { Random } from "../../shared/std/random.ts";
import type { Life } from "./life.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** A blob store that all regions of the world share, and that loses nothing. */
export class SimulatedBlobs implements BlobStore {
  readonly #blobs = new Map<string, { readonly bytes: Uint8Array; readonly type: string }>();

  async put(name: string, bytes: Uint8Array, type: string): Promise<void> {
    this.#blobs.set(name, { bytes, type });
  }

  async get(name: string) {
    return this.#blobs.get(name) ?? null;
  }

  async list(prefix: string, limit: number): Promise<readonly string[]> {
    return [...this.#blobs.keys()].filter((name) => name.startsWith(prefix)).slice(0, limit);
  }

  async remove(name: string): Promise<void> {
    this.#blobs.delete(name);
  }
}

/** A bucket answers within this. */
const CALL_MS = 40;

export interface DistantBlobsDeps {
  readonly data: BlobStore;
  readonly life: Life;
  readonly time: VirtualTime;
  readonly random: Random;
}

/** The blobs as a process has them: calls take time, and where it dies they are done or not. */
export class DistantBlobs implements BlobStore {
  readonly #deps: DistantBlobsDeps;

  constructor(deps: DistantBlobsDeps) {
    this.#deps = deps;
  }

  put(name: string, bytes: Uint8Array, type: string, signal: AbortSignal): Promise<void> {
    return this.#call("put", (data) => data.put(name, bytes, type, signal), signal);
  }

  get(name: string, signal: AbortSignal) {
    return this.#call("get", (data) => data.get(name, signal), signal);
  }

  list(prefix: string, limit: number, signal: AbortSignal): Promise<readonly string[]> {
    return this.#call("list", (data) => data.list(prefix, limit, signal), signal);
  }

  remove(name: string, signal: AbortSignal): Promise<void> {
    return this.#call("remove", (data) => data.remove(name, signal), signal);
  }

  #call<T>(label: string, work: (data: BlobStore) => Promise<T>, signal: AbortSignal): Promise<T> {
    const { life, time, random, data } = this.#deps;
    const takesMs = () => random() * (CALL_MS / 2);
    return abortable(
      life.call(async () => {
        await time.wait(takesMs(), `blobs ${label}`);
        if (!life.alive && random() < 0.5) return new Promise<never>(() => undefined);
        const result = await work(data);
        await time.wait(takesMs(), `blobs ${label} done`);
        return result;
      }),
      signal,
    );
  }
}
