import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import type {
  DocumentState,
  StoreLayout,
  StoreView,
  VectorStore,
} from "../../lambdas/ports/store.ts";
import { abortable } from "../../shared/std/abortable.ts";
import type { Random } from "../../shared/std/random.ts";
import type { Life } from "./life.ts";
import type { VirtualTime } from "./virtual-time.ts";
import type { Weather } from "./weather.ts";

const CALL_MS = 2;
/** A call that its process no longer waits for is done all the same, as the engine knows nothing of that. */
const NEVER = new AbortController().signal;

export interface SimulatedStoreDeps {
  /** The region's data, which outlives its processes. */
  readonly data: VectorStore;
  readonly life: Life;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly weather: () => Weather;
}

/** A region's store as one of its processes has it: calls take time, and where the process dies they are done, or not, or in part. */
export class SimulatedStore implements VectorStore {
  readonly traits: VectorStore["traits"];
  readonly #deps: SimulatedStoreDeps;

  constructor(deps: SimulatedStoreDeps) {
    this.traits = deps.data.traits;
    this.#deps = deps;
  }

  prepare(layout: StoreLayout, signal: AbortSignal): Promise<void> {
    return this.#call("prepare", (data) => data.prepare(layout, NEVER), signal);
  }

  apply(
    layout: StoreLayout,
    shard: number,
    documents: readonly DocumentState[],
    signal: AbortSignal,
  ): Promise<number | null> {
    const { random, time, weather } = this.#deps;
    const torn = documents.length > 1 && random() < weather().storeTorn;
    const work = async (data: VectorStore) => {
      if (!torn) return data.apply(layout, shard, documents, NEVER);
      const half = 1 + Math.floor(random() * (documents.length - 1));
      await data.apply(layout, shard, documents.slice(0, half), NEVER);
      await time.wait(this.#takesMs(), "store applies the rest");
      if (!this.#reaches()) return new Promise<never>(() => undefined);
      return data.apply(layout, shard, documents.slice(half), NEVER);
    };
    return this.#call(`apply ${documents.length}`, work, signal);
  }

  maintain(layout: StoreLayout, shard: number, signal: AbortSignal): Promise<number | null> {
    return this.#call("maintain", (data) => data.maintain(layout, shard, NEVER), signal);
  }

  async openView(
    layout: StoreLayout,
    checkpoint: Checkpoint,
    signal: AbortSignal,
  ): Promise<StoreView> {
    const open = (data: VectorStore) => data.openView(layout, checkpoint, NEVER);
    return this.#viewOf(await this.#call("open", open, signal));
  }

  readCheckpoint(layout: StoreLayout, signal: AbortSignal): Promise<Checkpoint | null> {
    return this.#call("checkpoint", (data) => data.readCheckpoint(layout, NEVER), signal);
  }

  writeCheckpoint(
    layout: StoreLayout,
    previous: Checkpoint | null,
    next: Checkpoint,
    signal: AbortSignal,
  ): Promise<boolean> {
    const write = (data: VectorStore) => data.writeCheckpoint(layout, previous, next, NEVER);
    return this.#call(`checkpoint ${next.point.position}`, write, signal);
  }

  retire(layout: StoreLayout, signal: AbortSignal): Promise<void> {
    return this.#call("retire", (data) => data.retire(layout, NEVER), signal);
  }

  drop(layout: StoreLayout, signal: AbortSignal): Promise<void> {
    return this.#call("drop", (data) => data.drop(layout, NEVER), signal);
  }

  async close(): Promise<void> {
    // The data is the region's.
  }

  #viewOf(view: StoreView): StoreView {
    const read = <T>(label: string, work: () => Promise<T>, signal: AbortSignal) =>
      this.#call(label, work, signal);
    const leg = <T>(work: () => Promise<T>, signal: AbortSignal) => {
      if (this.#deps.random() < this.#deps.weather().legFails)
        return Promise.reject(new Error("the shard can't be read"));
      return read("leg", work, signal);
    };
    return {
      search: (query, signal) => leg(() => view.search(query, NEVER), signal),
      match: (query, signal) => leg(() => view.match(query, NEVER), signal),
      documents: (shard, ids, include, signal) =>
        read("documents", () => view.documents(shard, ids, include, NEVER), signal),
      scan: (shard, after, limit, filter, signal) =>
        read("scan", () => view.scan(shard, after, limit, filter, NEVER), signal),
      count: (shard, filter, signal) =>
        read("count", () => view.count(shard, filter, NEVER), signal),
    };
  }

  #call<T>(
    label: string,
    work: (data: VectorStore) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const { life, time, data } = this.#deps;
    return abortable(
      life.call(async () => {
        await time.wait(this.#takesMs(), `store ${label}`);
        if (!this.#reaches()) return new Promise<never>(() => undefined);
        const result = await work(data);
        await time.wait(this.#takesMs(), `store ${label} done`);
        return result;
      }),
      signal,
    );
  }

  /** Whether a call that is under way is still done: where its process is dead, perhaps. */
  #reaches(): boolean {
    return this.#deps.life.alive || this.#deps.random() < 0.5;
  }

  #takesMs(): number {
    const { random, weather } = this.#deps;
    const { storeSlow, storeSlowMs } = weather();
    return random() * CALL_MS + (random() < storeSlow ? random() * storeSlowMs : 0);
  }
}
