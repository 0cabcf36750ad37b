import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { NearfieldError } from "../../shared/client/nearfield-error.ts";
import { startTwin, type RunningTwin } from "../flows/start-twin.ts";
import { vectorCollection, vectorOf } from "../flows/vectors.ts";
import { listAll } from "./writers.ts";

const LOAD_MS = 2_500;
const WRITERS = 4;

/** kill -9 of every process during a load, then a start: what was acknowledged is there, once. @param redis engine of the twin */
export function testKillAll(redis: string): void {
  test(`kill -9 of everything during a load: every acknowledged document is there, once (${redis})`, async () => {
    let twin = await startTwin({ redis });
    try {
      const acknowledged = await load(twin);
      twin = await startTwin({ redis, state: twin.state });
      const listed = await listAll(twin, "gru");
      expect(acknowledged.length).toBeGreaterThan(20);
      expect(new Set(listed).size).toBe(listed.length);
      expect(acknowledged.filter((id) => !listed.includes(id))).toEqual([]);
      for (const name of ["iad", "fra", "sin"]) {
        const near = await twin.client(name);
        const { count } = await near.countDocuments({
          collection: "v",
          consistency: "strong",
          deadlineMs: 20_000,
        });
        expect(count).toBe(listed.length);
      }
    } finally {
      await twin.stop();
      await twin.remove();
    }
  }, 180_000);
}

/** Writes from several locations until everything is killed. @returns the ids that were acknowledged */
async function load(twin: RunningTwin): Promise<string[]> {
  const acknowledged: string[] = [];
  const client = await twin.client("iad");
  await client.createCollection(vectorCollection("v"));
  let writing = true;
  const writer = async (w: number) => {
    const from = await twin.client(w % 2 === 0 ? "iad" : "fra");
    for (let n = 0; writing; n++) {
      const ids = [0, 1, 2].map((i) => `w${w}-${n}-${i}`);
      const documents = ids.map((id, i) => ({
        id,
        vectors: { v: vectorOf(w * 100_000 + n * 10 + i) },
      }));
      try {
        await from.putDocuments({ collection: "v", documents });
        acknowledged.push(...ids);
      } catch (error) {
        if (!(error instanceof NearfieldError)) throw error; // The kill: not acknowledged, so nothing is promised.
      }
    }
  };
  const writers = Array.from({ length: WRITERS }, (_, w) => writer(w));
  await delay(LOAD_MS);
  await twin.killAll();
  writing = false;
  await Promise.all(writers);
  return acknowledged;
}
