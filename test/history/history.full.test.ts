import { expect, test } from "vitest";
import { startTwin } from "../flows/start-twin.ts";
import { runTwinHistory } from "./twin-history.ts";

test("a load from four locations while processes die, stand still and links fail: no check finds anything", async () => {
  const twin = await startTwin({ redis: "/usr/bin/redis-server", args: ["--wan", "off"] });
  try {
    const { findings, sightings } = await runTwinHistory(twin, {
      ops: 400,
      seed: 1,
      clients: 10,
      thinkMs: 100,
      everyMs: 2_000,
      lastsMs: 3_000,
      wanted: ["cache-hit", "duplicate-dropped"],
    });
    expect(findings, JSON.stringify(sightings)).toEqual([]);
  } finally {
    await twin.stop();
    await twin.remove();
  }
}, 120_000);
