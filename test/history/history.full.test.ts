import { expect, test } from "vitest";
import { startTwin } from "../flows/start-twin.ts";
import { runTwinHistory } from "./twin-history.ts";

test("a load from four locations while processes die, stand still and links fail: no check finds anything", async () => {
  const twin = await startTwin({ redis: "/usr/bin/redis-server", args: ["--wan", "off"] });
  try {
    const { findings, sightings } = await runTwinHistory(twin, {
      ops: 160,
      seed: 1,
      clients: 8,
      thinkMs: 60,
      everyMs: 2_000,
      lastsMs: 3_000,
      wanted: ["duplicate-dropped"],
    });
    expect(findings, JSON.stringify(sightings)).toEqual([]);
  } finally {
    await twin.stop();
    await twin.remove();
  }
}, 300_000);
