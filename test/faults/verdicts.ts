import { Problem } from "../../shared/contracts/problems.ts";
import { expect } from "vitest";
import type { VectorStore } from "../../lambdas/ports/store.ts";
import { required } from "../../shared/std/assert.ts";
import type { RunningRedis } from "../suites/start-redis.ts";
import { CrashingStore } from "./reshard-in-process.ts";
import { isCrash } from "./reshard-moves.ts";
import { LiveSpaces, PRIMARY } from "./spaces-in-process.ts";

/** The second write of each pair is for a position that the first has left. */
const BATCH = [
  { id: "a", ifPosition: 1 },
  { id: "a", ifPosition: 1 },
  { id: "b", ifPosition: 0 },
  { id: "b", ifPosition: 0 },
  { id: "a" },
].map((document, n) => ({ ...document, text: `write ${n}`, vectors: { own: [1, n] } }));

/**
 * Writes for positions are applied by a process that crashes after each call of its store, one after the other; whoever goes on
 * comes to the same verdicts and the same documents.
 *
 * @returns how often the writes were in the log when the process crashed
 */
export async function judgedOnceThroughCrashes(
  store: VectorStore,
  redis: RunningRedis,
): Promise<number> {
  let begun = 0;
  for (let call = 0; ; call++) {
    const live = new LiveSpaces(new Map([[PRIMARY, { store, redis }]]));
    await live.create();
    await live.put([{ id: "a", vectors: { own: [1, 9] } }]);
    const crashing = new CrashingStore(store);
    crashing.crashAt = { call, when: "after" };
    await live.put(BATCH, crashing.store).catch(isCrashOrUnknown);
    await live.endLeases();
    const { applier } = live.start(PRIMARY);
    const { checkpoint } = await applier.catchUp(live.record, null, AbortSignal.timeout(20_000));
    if (checkpoint.point.position === 6) {
      begun += 1;
      expect([call, checkpoint.verdicts, checkpoint.intent]).toEqual([
        call,
        { since: 0, refused: [3, 5] },
        undefined,
      ]);
      const { documents } = await live.shown(PRIMARY);
      const texts = ["a", "b"].map((id) => required(documents.get(id), id).text);
      expect(texts).toEqual(["write 4", "write 2"]);
    }
    if (crashing.calls <= call) return begun;
  }
}

/** Whose applier crashed is told that the verdict is not known yet. */
function isCrashOrUnknown(error: unknown): void {
  if (!(error instanceof Problem && error.code === "outcome-unknown")) isCrash(error);
}
