import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
});
