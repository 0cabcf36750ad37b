import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "./start-twin.ts";
import { idsOf, LOCATION, WatchedTwin } from "./watched-twin.ts";

const CRON_MS = 1_500;

let world: WatchedTwin;
beforeAll(async () => {
  world = await WatchedTwin.start({ NEARFIELD_CRON_MS: String(CRON_MS) });
});
afterAll(() => world.end());

describe("readers who ask for the same at the same time", () => {
  test("cost their region one call a location, and all get the answer", async () => {
    const before = await world.regionCalls();
    const patient = { maxStalenessMs: 60_000 }; // So that none of them finds it past its bound.
    const answers = await Promise.all(Array.from({ length: 200 }, () => world.ask(41, patient)));
    for (const answer of answers) expect(idsOf(answer)).toEqual(["d4", "d5", "d3"]);
    expect((await world.regionCalls()) - before).toBe(1);
  });

  test("are answered all the same where the first of them leaves", async () => {
    const ways = ["us-east-1", "eu-central-1", "ap-southeast-1"].map((to) => `${LOCATION}->${to}`);
    for (const way of ways)
      await world.twin.control("POST", `/links/${way}`, { extraDelayMs: 600 });
    const leaver = new AbortController();
    const leader = (await world.twin.client(LOCATION)).retrieve(world.request(43), {
      signal: leaver.signal,
    });
    await delay(100);
    const followers = [1, 2, 3].map(() => world.ask(43));
    await delay(100);
    leaver.abort(new Error("left"));
    await expect(leader).rejects.toThrow("left");
    for (const answer of await Promise.all(followers))
      expect(idsOf(answer)).toEqual(["d4", "d5", "d3"]);
    for (const way of ways) await world.twin.control("DELETE", `/links/${way}`);
  });
});

describe("the header cache-status", () => {
  test("says which tier had the answer, or why none did", async () => {
    const first = await world.cacheStatus(47);
    expect(first).toBe("nearfield; fwd=uri-miss");
    expect(await world.cacheStatus(47)).toBe("nearfield; hit; detail=isolate");
    const strong = await world.cacheStatus(47, { consistency: "strong" });
    expect(strong).toMatch(/^nearfield; fwd=request;.* detail=strong$/);
    await world.watched(53);
    await world.put([{ id: "over", degrees: 53 }]);
    await world.later();
    // Of the log's time it knows nothing that is within the bound: whatever the list said, it would not be served.
    expect(await world.cacheStatus(53)).toBe("nearfield; fwd=stale; detail=clock-unknown");
    await world.put([{ id: "over", degrees: 47 }]);
    await world.later();
    await world.hears();
    expect(await world.cacheStatus(47)).toBe("nearfield; fwd=stale; detail=dropped");
  });
});

describe("warming", () => {
  const asking = (degrees: number) => world.request(degrees, { maxStalenessMs: 60_000 });

  test("on demand answers ahead for the cities around a region, and tells of each query that it can't", async () => {
    const iad = await world.twin.client("iad");
    const begun = await iad.warm([
      asking(71),
      { ...asking(72), collection: "nowhere" },
      asking(73),
    ]);
    expect(begun).toMatchObject({ state: "running", total: 3 });
    let job = begun;
    await until(
      async () => (job = await iad.job(begun.id)).state === "done",
      10_000,
      () => `the job is ${JSON.stringify(job)}`,
    );
    expect(job).toMatchObject({ done: 2, failed: [{ index: 1, code: "not-found" }] });
    const gru = await world.twin.client("gru");
    await gru.retrieve(asking(1)); // From a region: it tells the location the log's time, by which all that is cached is judged.
    expect((await gru.retrieve(asking(71))).tier).toBe("redis");
    expect(idsOf(await gru.retrieve(asking(73)))).toEqual(["d7", "d8", "d6"]);
    await expect(gru.job(`${begun.id}x`)).rejects.toThrow("There is no such job");
  });

  test("by the cron follows what is asked for: a write that alters a hot answer has it made anew before anybody asks", async () => {
    const iad = await world.twin.client("iad");
    await iad.retrieve(asking(81));
    await world.put([{ id: "hot", degrees: 81 }]);
    // From a city that never asked, and whose only source without a call is the region's Redis.
    const gru = await world.twin.client("gru");
    await delay(3 * CRON_MS);
    const found = await gru.retrieve(asking(81));
    expect(idsOf(found)[0]).toBe("hot");
    expect(found.tier).not.toBe("region");
  });

  test("a location whose memory is gone takes the hot answers over with its first request", async () => {
    const iad = await world.twin.client("iad");
    for (let i = 0; i < 3; i++) await iad.retrieve(asking(81));
    await world.killLocation("iad");
    await iad.retrieve(asking(1));
    await until(
      async () => (await iad.retrieve(asking(81))).tier === "isolate",
      5_000,
      () => "the hot answer is not in the new isolate",
    );
  });
});
