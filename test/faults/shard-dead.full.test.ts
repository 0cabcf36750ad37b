import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { RetrieveReply } from "../../shared/contracts/retrieve.ts";
import { percentile } from "../../shared/std/percentile.ts";
import { until } from "../flows/start-twin.ts";
import { vectorOf } from "../flows/vectors.ts";
import { LOCATION, OF_SHARD, REGION, SHARD, SHARDS, startShardTwin } from "./shard-collection.ts";
import type { ShardTwin } from "./shard-collection.ts";

const CUT = { mode: "cut", only: OF_SHARD };
const WHOLE = { shards: SHARDS, answered: SHARDS, missing: [] };
const WITHOUT = {
  shards: SHARDS,
  answered: SHARDS - 1,
  missing: [{ shard: SHARD, reason: "failed" }],
};
/** Load as a share of what one caller alone gets; what more than that a busy machine can't do. */
const LOAD_SHARE = 0.4;
const READS_PER_S_MAX = 20;
const DEADLINE_MS = 3_000;
/** The retry budget's share; and reads that were under way as the fault began. */
const RETRIES_PER_READ_MAX = 0.1;
const UNDER_WAY_MAX = 8;
const TO_REGIONS = /^fra->(?!redis-)/;
/** What an answer may take beyond its deadline. */
const OVER_MS_MAX = 100;

let shards: ShardTwin;

beforeAll(async () => {
  shards = await startShardTwin();
});
afterEach(async () => {
  await shards.heal("*");
  for (const replica of [0, 1])
    await shards.twin.control("POST", `/processes/shards-${REGION}-${replica}/release`);
  await backInUse();
});
afterAll(() => shards.end());

describe("shard-dead", () => {
  test("the one copy killed, the other cut off, in every region cut off: a partial answer in time that names the shard and why; the others' hits are exact", async () => {
    await shards.twin.control("POST", `/processes/shards-${REGION}-0/hold`);
    await shards.break("*->shards-*", CUT);
    for (let i = 0; i < 10; i++) {
      const n = shards.fresh();
      const startMs = performance.now();
      const { coverage, hits, tier } = await shards.ask(n, { deadlineMs: DEADLINE_MS });
      expect(performance.now() - startMs).toBeLessThan(DEADLINE_MS + OVER_MS_MAX);
      expect({ coverage, tier }).toEqual({ coverage: WITHOUT, tier: "region" });
      expect(hits.map(({ id }) => id)).toEqual(shards.exact(n, 10, SHARD));
    }
  }, 60_000);

  test("a partial answer is cached in no tier: once the shard is back the same query gives the whole answer, and that is cached", async () => {
    const n = shards.fresh();
    await shards.break("*->shards-*", CUT);
    for (const location of [LOCATION, LOCATION, "iad", "iad"]) {
      const { coverage, tier } = await at(location, n);
      expect({ coverage, tier }, location).toEqual({ coverage: WITHOUT, tier: "region" });
    }
    await shards.heal("*->shards-*");
    for (const location of [LOCATION, "iad"]) {
      const { coverage, hits } = await at(location, n);
      expect(coverage).toEqual(WHOLE);
      expect(hits.map(({ id }) => id)).toEqual(shards.exact(n, 10));
    }
    expect(await at(LOCATION, n)).toMatchObject({ coverage: WHOLE, tier: "isolate" });
  }, 60_000);

  test("who wants all shards, or more than there are, gets coverage-unavailable with a wait; who wants fewer gets the answer", async () => {
    await shards.break("*->shards-*", CUT);
    const { locations, readKey } = await shards.twin.report();
    for (const coverage of ["all", { atLeast: 0.8 }]) {
      const response = await fetch(`${locations[1]?.url ?? ""}/v1/retrieve`, {
        method: "POST",
        headers: { authorization: `Bearer ${readKey}`, "content-type": "application/json" },
        body: JSON.stringify({
          collection: "v",
          query: { vector: vectorOf(shards.fresh()), space: "v" },
          coverage,
        }),
      });
      expect(response.status).toBe(503);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
      expect(await response.json()).toMatchObject({
        code: "coverage-unavailable",
        hint: expect.stringContaining(`${SHARDS - 1} of ${SHARDS} shards`),
      });
    }
    const enough = await shards.ask(shards.fresh(), { coverage: { atLeast: 0.75 } });
    expect(enough.coverage).toEqual(WITHOUT);
  }, 60_000);

  test("gone in one region only: whole answers come from another region, also for who wants all; back, that region answers again", async () => {
    await shards.break(`${REGION}->shards-*`, CUT);
    for (let i = 0; i < 20; i++) {
      const n = shards.fresh();
      const reply = await shards.ask(n, i % 2 === 0 ? {} : { coverage: "all" });
      expect(reply.coverage).toEqual(WHOLE);
      expect(reply.region).not.toBe(REGION);
      expect(reply.hits.map(({ id }) => id)).toEqual(shards.exact(n, 10));
    }
    await shards.heal(`${REGION}->shards-*`);
    await backInUse();
  }, 60_000);

  test("every copy of a region killed under load: no read fails or is partial, few are asked twice, and the region comes back", async () => {
    const replies: (RetrieveReply & { readonly tookMs: number })[] = [];
    const failures: unknown[] = [];
    const underWay: Promise<void>[] = [];
    const send = () => {
      const startMs = performance.now();
      const read = shards.ask(shards.fresh(), { deadlineMs: 5_000 }).then(
        (reply) => void replies.push({ ...reply, tookMs: performance.now() - startMs }),
        (error: unknown) => void failures.push(error),
      );
      underWay.push(read);
    };
    const readsPerS = await affordable();
    const callsBefore = await shards.calls(TO_REGIONS);
    const load = setInterval(send, 1_000 / readsPerS);
    await delay(3_000);
    const healthy = replies.length;
    for (const replica of [0, 1])
      await shards.twin.control("POST", `/processes/shards-${REGION}-${replica}/hold`);
    await delay(8_000);
    const during = replies.slice(healthy);
    for (const replica of [0, 1])
      await shards.twin.control("POST", `/processes/shards-${REGION}-${replica}/release`);
    await until(
      () => replies.slice(-5).every(({ region }) => region === REGION),
      20_000,
      () => "the region is not used again",
    );
    clearInterval(load);
    await Promise.all(underWay);

    expect(failures).toEqual([]);
    expect(replies.filter(({ coverage }) => coverage.missing.length > 0)).toEqual([]);
    expect(during.length).toBeGreaterThan(4 * readsPerS);
    // What was under way as the copies died may still be the region's.
    expect(during.slice(UNDER_WAY_MAX).map(({ region }) => region)).not.toContain(REGION);
    const calls = (await shards.calls(TO_REGIONS)) - callsBefore;
    const again = calls - replies.length;
    expect(again).toBeLessThanOrEqual(RETRIES_PER_READ_MAX * replies.length + UNDER_WAY_MAX);
    process.stdout.write(
      `shard-dead: p99 ${p99(replies.slice(0, healthy))} ms healthy, ${p99(during)} ms without the copies; ` +
        `${calls} calls for ${replies.length} reads, ${readsPerS.toFixed(1)}/s\n`,
    );
  }, 120_000);
});

async function at(location: string, n: number): Promise<RetrieveReply> {
  const client = await shards.twin.client(location);
  return client.retrieve({ collection: "v", query: { vector: vectorOf(n), space: "v" }, k: 10 });
}

/** The nearest region answers whole again. */
function backInUse(): Promise<void> {
  return until(
    async () => {
      const { region, coverage } = await shards.ask(shards.fresh());
      return region === REGION && coverage.missing.length === 0;
    },
    20_000,
    () => `${REGION} is not used again`,
  );
}

/** Reads a second that leave this machine room, as busy as it is now. */
async function affordable(): Promise<number> {
  const startMs = performance.now();
  for (let i = 0; i < 20; i++) await shards.ask(shards.fresh());
  const perS = 20_000 / (performance.now() - startMs);
  return Math.min(READS_PER_S_MAX, LOAD_SHARE * perS);
}

function p99(replies: readonly { readonly tookMs: number }[]): string {
  return percentile(
    replies.map(({ tookMs }) => tookMs),
    99,
  ).toFixed(0);
}
