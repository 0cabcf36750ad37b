import { expect } from "vitest";
import type { VectorStore } from "../../lambdas/ports/store.ts";
import type { ShardKey } from "../../shared/domain/shard-map.ts";
import { seededRandom } from "../../shared/std/random.ts";
import type { RunningRedis } from "../suites/start-redis.ts";
import { Crash, CrashingStore, Region } from "./reshard-in-process.ts";

export const signal = () => AbortSignal.timeout(60_000);
export const BY_ID: ShardKey = { by: "id" };
export const BY_TEAM: ShardKey = { by: "tag", field: "team" };
export const BY_RANGE: ShardKey = { by: "range", field: "team", bounds: ["c", "h", "p"] };

/** A region that holds a collection of random documents, all applied. */
export async function filled(
  redis: RunningRedis,
  store: VectorStore,
  seed: number,
  shards: number,
  documents: number,
) {
  const region = new Region(store, redis, seededRandom(seed), shards);
  await region.create();
  await region.write(documents, documents);
  await region.start().applier.catchUp(region.record, null, signal());
  return region;
}

export const texts = (region: Region) =>
  new Map([...region.written].map(([id, { text }]): [string, string] => [id, text]));

export function isCrash(error: unknown): void {
  if (!(error instanceof Crash)) throw error;
}

/** Moves, crashing at the given calls of the store one after the other, with writes in between; then without a crash to the end. */
export async function moveThrough(
  region: Region,
  inner: VectorStore,
  crashes: readonly { readonly call: number; readonly when: "before" | "after" }[],
): Promise<number> {
  let crashed = 0;
  for (const crashAt of crashes) {
    const crashing = new CrashingStore(inner);
    crashing.crashAt = crashAt;
    const { resharder } = region.start(crashing.store);
    try {
      await resharder.advance(region.record, signal());
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      crashed += 1;
    }
    await region.endLeases();
    await region.shown(); // Whole, whatever was left half done.
    await region.write(5, 400);
    const next = region.start();
    await next.applier.catchUp(region.record, null, signal());
    expect(await region.shown()).toEqual(texts(region));
  }
  await region.write(5, 400);
  const { resharder, applier } = region.start();
  await resharder.advance(region.record, signal());
  await applier.catchUp(region.record, null, signal());
  return crashed;
}
