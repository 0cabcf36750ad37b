/**
 * Child of `edge-miss`: a region's search handler in this process, with the environment of a region of a running twin.
 * For each message `{calls}` it makes as many retrievals, one after another, and sends `{latencies, event, result}` back: ms of each,
 * and the last event and result.
 */
import { randomUUID } from "node:crypto";
import { signCaller } from "../../shared/contracts/caller.ts";
import { handler } from "../../lambdas/search/handler.ts";
import { encodeVector } from "../../shared/std/bytes.ts";
import { seededRandom } from "../../shared/std/random.ts";
import { requiredEnv } from "../twin/child.ts";
import { TWIN_TENANT } from "../twin/keys.ts";
import { randomVector } from "./bench-documents.ts";
import { COLLECTION, SPACE } from "./bench-twin.ts";

/** Not the parent's, so that no vector is asked for on both sides. */
const SEED = 4711;

const secret = requiredEnv("NEARFIELD_CALLER_SECRET");
const dimension = Number(requiredEnv("BENCH_DIMENSION"));
const k = Number(requiredEnv("BENCH_K"));
const random = seededRandom(SEED);
const caller = { tenant: TWIN_TENANT, keyId: "bench", scopes: ["read" as const] };

process.on("message", ({ calls }: { calls: number }) => {
  void answer(calls).then(
    (said) => process.send?.(said),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.once("disconnect", () => process.exit(0));

async function answer(calls: number) {
  const latencies: number[] = [];
  let event: object = {};
  let result: Awaited<ReturnType<typeof handler>> | null = null;
  for (let i = 0; i < calls; i++) {
    event = makeEvent();
    const startMs = performance.now();
    result = await handler(event);
    latencies.push(performance.now() - startMs);
    if (result.kind !== "answer") throw new Error(`the region said ${JSON.stringify(result)}`);
  }
  return { latencies, event, result };
}

/** As the edge sends it. */
function makeEvent() {
  return {
    op: "retrieve",
    requestId: randomUUID(),
    traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
    context: signCaller(caller, secret, Date.now()),
    deadlineMs: 2_500,
    collection: COLLECTION,
    freshness: { consistency: "bounded", maxStalenessMs: 5_000, token: null },
    queries: [{ vector: encodeVector(randomVector(dimension, random)), space: SPACE, weight: 1 }],
    k,
    coverage: "any",
    known: null,
  };
}
