import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { percentile } from "../../shared/std/percentile.ts";
import { until } from "../flows/start-twin.ts";
import { OF_SHARD, REGION, SHARD, SHARDS, startShardTwin } from "./shard-collection.ts";
import type { ShardTwin } from "./shard-collection.ts";

/** Twenty times what a leg takes here and more. */
const SLOW_MS = 600;
/** Longer than any deadline here. */
const STUCK_MS = 20_000;
const DEADLINE_MS = 2_000;
const OVER_MS_MAX = 100;
const ASKS = 60;
const WHOLE = { shards: SHARDS, answered: SHARDS, missing: [] };
const WITHOUT = {
  shards: SHARDS,
  answered: SHARDS - 1,
  missing: [{ shard: SHARD, reason: "late" }],
};

let shards: ShardTwin;

beforeAll(async () => {
  shards = await startShardTwin();
});
afterEach(() => shards.heal("*"));
afterAll(() => shards.end());

describe("shard-slow", () => {
  test("one copy slow: every answer is whole and has each hit once; legs are hedged, and the slow copy is avoided from then on", async () => {
    const healthy = await askMany();
    await shards.break(`${REGION}->shards-1`, { extraDelayMs: SLOW_MS, only: OF_SHARD });
    const slow = await askMany();
    // Without the other copy each would take this long; half of the legs go to the slow one first until it is known.
    const waited = slow.filter((ms) => ms >= SLOW_MS);
    expect(waited.length).toBeLessThan(ASKS / 4);
    const [third, fourth] = [slow.slice(ASKS / 2), slow.slice((3 * ASKS) / 4)];
    expect(fourth.filter((ms) => ms >= SLOW_MS).length).toBeLessThanOrEqual(2);
    process.stdout.write(
      `shard-slow: p50 ${p(healthy, 50)} ms healthy, ${p(slow, 50)} ms with a slow copy; ` +
        `p99 ${p(healthy, 99)} ms, ${p(slow, 99)} ms, of the second half ${p(third, 99)} ms\n`,
    );
  }, 120_000);

  test("every copy stuck: the others' hits in time, and coverage says late; it is not cached, and whole once the shard is back", async () => {
    const n = shards.fresh();
    await shards.break("*->shards-*", { extraDelayMs: STUCK_MS, only: OF_SHARD });
    for (let i = 0; i < 2; i++) {
      const startMs = performance.now();
      const { coverage, hits, tier } = await shards.ask(n, { deadlineMs: DEADLINE_MS });
      expect(performance.now() - startMs).toBeLessThan(DEADLINE_MS + OVER_MS_MAX);
      expect({ coverage, tier }).toEqual({ coverage: WITHOUT, tier: "region" });
      expect(hits.map(({ id }) => id)).toEqual(shards.exact(n, 10, SHARD));
    }
    await shards.heal("*->shards-*");
    await until(
      async () => (await shards.ask(n)).coverage.missing.length === 0,
      10_000,
      () => "the shard does not come back",
    );
    const { coverage, hits, tier } = await shards.ask(n);
    expect({ coverage, tier }).toEqual({ coverage: WHOLE, tier: "isolate" });
    expect(hits.map(({ id }) => id)).toEqual(shards.exact(n, 10));
  }, 60_000);

  test("every copy stuck, and all shards wanted: coverage-unavailable, inside the deadline", async () => {
    await shards.break("*->shards-*", { extraDelayMs: STUCK_MS, only: OF_SHARD });
    const startMs = performance.now();
    const asked = shards.ask(shards.fresh(), { coverage: "all", deadlineMs: 4_000 });
    await expect(asked).rejects.toMatchObject({ status: 503, code: "coverage-unavailable" });
    expect(performance.now() - startMs).toBeLessThan(4_000 + OVER_MS_MAX);
  }, 60_000);
});

/** Asks whole answers one after another. @returns how long each took, ms */
async function askMany(): Promise<number[]> {
  const took: number[] = [];
  for (let i = 0; i < ASKS; i++) {
    const n = shards.fresh();
    const startMs = performance.now();
    const { coverage, hits } = await shards.ask(n, { deadlineMs: 5_000 });
    took.push(performance.now() - startMs);
    expect(coverage).toEqual(WHOLE);
    expect(hits.map(({ id }) => id)).toEqual(shards.exact(n, 10));
  }
  return took;
}

function p(times: readonly number[], percent: number): string {
  return percentile(times, percent).toFixed(0);
}
