import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "./start-twin.ts";
import { BOUND_MS, idsOf, REGION, WatchedTwin } from "./watched-twin.ts";

let world: WatchedTwin;
beforeAll(async () => {
  world = await WatchedTwin.start();
});
afterAll(() => world.end());

describe("an answer that was asked for twice", () => {
  test("stays what it is past its bound when a write does not alter it, and its region is not called", async () => {
    await world.watched(31);
    const position = await world.put([{ id: "far", degrees: 200 }]);
    await world.reached(position);
    await world.hears();
    const before = await world.regionCalls();
    const found = await world.ask(31);
    expect(found).toMatchObject({ tier: "isolate", region: REGION });
    expect(idsOf(found)).toEqual(["d3", "d4", "d2"]);
    expect(found.servedPosition).toBeGreaterThanOrEqual(position);
    expect(found.stalenessMs).toBeLessThanOrEqual(BOUND_MS);
    expect(await world.regionCalls()).toBe(before);
  });

  test("is computed anew at every location within the bound when a write alters it", async () => {
    const everywhere = ["iad", "fra", "sin", "gru"];
    for (let round = 0; round < 2; round++) {
      await Promise.all(everywhere.map((location) => world.ids(61, {}, location)));
      await world.later();
    }
    await world.put([{ id: "near", degrees: 61.5 }]);
    await world.later();
    for (const location of everywhere) expect((await world.ids(61, {}, location))[0]).toBe("near");
    await world.remove("near");
    await world.later();
    for (const location of everywhere)
      expect(await world.ids(61, {}, location)).not.toContain("near");
  });

  test("is left alone by what its filter keeps out, and altered by what it lets in", async () => {
    const filter = { colour: "red" };
    await world.put([{ id: "red", degrees: 100, colour: "red" }]);
    await world.later();
    await world.watched(92, { filter });
    await world.reached(await world.put([{ id: "blue", degrees: 92.1, colour: "blue" }]));
    await world.hears();
    const before = await world.regionCalls();
    expect(await world.ids(92, { filter })).toEqual(["red"]);
    expect(await world.regionCalls()).toBe(before);
    await world.put([{ id: "red2", degrees: 93, colour: "red" }]);
    await world.later();
    expect(await world.ids(92, { filter })).toEqual(["red2", "red"]);
  });

  test("of words is computed anew after any write", async () => {
    const words = { query: { text: "word", space: "lexical" }, k: 100 };
    await world.watched(0, words);
    await world.put([{ id: "worded", degrees: 250 }]);
    await world.later();
    expect(await world.ids(0, words)).toContain("worded");
  });

  test("is what a writer and a strong reader must see, at once", async () => {
    await world.watched(121);
    await world.put([{ id: "own", degrees: 121 }]);
    expect(idsOf(await world.ask(121, {}, world.client))[0]).toBe("own");
    await world.put([{ id: "own2", degrees: 121.01 }]);
    expect(await world.ids(121, { consistency: "strong" })).toContain("own2");
  });

  test("when its list is lost is only asked about in the region, and watched again", async () => {
    await world.watched(151);
    await world.loseList();
    await world.put([{ id: "lost", degrees: 151 }]);
    await world.later();
    expect((await world.ids(151))[0]).toBe("lost");
    await until(
      async () => {
        await world.later();
        await world.ask(151);
        return [...(await world.list()).keys()].some((field) => field.startsWith("e:"));
      },
      15_000,
      () => "the answer is not watched again",
    );
  });

  test("when its region's Redis hangs is answered all the same, within the bound", async () => {
    await world.watched(171);
    const { pid } = await world.redisOfRegion();
    const far = await world.twin.client("iad", { session: true });
    process.kill(pid, "SIGSTOP");
    try {
      await world.put([{ id: "meanwhile", degrees: 171 }], far);
      await world.later();
      expect((await world.ids(171))[0]).toBe("meanwhile");
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await world.later();
    expect((await world.ids(171))[0]).toBe("meanwhile");
  });
});
