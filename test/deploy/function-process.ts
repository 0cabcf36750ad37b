import path from "node:path";
import { fileURLToPath } from "node:url";
import type { FunctionName } from "../../lambdas/deploy/function-names.ts";
import { signCaller } from "../../shared/contracts/caller.ts";
import { unreachable } from "../../shared/std/assert.ts";

/** `node ASK_FUNCTION MODULE EVENT`: prints `{importMs, replyMs, reply}`. */
export const ASK_FUNCTION = fileURLToPath(new URL("./ask-function.ts", import.meta.url));

export const CALLER_SECRET = "a secret that only these tests know";

/** A port on which nothing listens: below 1024, so that no other test is given it. */
const NOBODY = "http://127.0.0.1:3";

/**
 * A function's environment as Lambda gives it, with the layer on NODE_PATH, and everything that it leans on away.
 * @param folder has the layer in `layer/`; the store goes beside it
 */
export function functionEnv(folder: string): Record<string, string> {
  return {
    NODE_PATH: path.join(folder, "layer/nodejs/node_modules"),
    NEARFIELD_REGION: "us-east-1",
    NEARFIELD_PRIMARY: "us-east-1",
    NEARFIELD_LOG_URL: NOBODY,
    NEARFIELD_LOG_TOKEN: "token",
    NEARFIELD_REDIS_URL: NOBODY,
    NEARFIELD_REDIS_TOKEN: "token",
    NEARFIELD_EMBEDDER_URL: NOBODY,
    NEARFIELD_STORE: `lancedb:${path.join(folder, "store")}`,
    NEARFIELD_BLOBS: path.join(folder, "blobs"),
    NEARFIELD_CALLER_SECRET: CALLER_SECRET,
    NEARFIELD_OTHER_REGIONS: "[]",
  };
}

/** An event that each function answers at once, with what it leans on away. A caller's context is good for a minute. */
export function functionEvent(name: FunctionName, nowMs: number): object {
  const envelope = {
    requestId: "a-request",
    traceparent: `00-${"0".repeat(31)}1-${"0".repeat(15)}1-00`,
    context: signCaller(
      { tenant: "tenant", keyId: "key", scopes: ["read", "write"] },
      CALLER_SECRET,
      nowMs,
    ),
    deadlineMs: 10_000,
  };
  const retrieval = {
    collection: "none",
    freshness: { consistency: "eventual", maxStalenessMs: 0, token: null },
    queries: [{ vector: [1, 0], space: "v", weight: 1 }],
    k: 1,
    coverage: "any",
    known: null,
  };
  switch (name) {
    case "search":
      return { op: "status", ...envelope };
    case "write":
      return {
        op: "delete",
        ...envelope,
        collection: "none",
        ids: ["a"],
        idempotencyKey: "key",
        waitFor: "log",
      };
    case "replicate":
      return { op: "sweep" };
    case "maintain":
      return { op: "reshard" };
    case "answer":
      return { op: "answer", ...envelope, ...retrieval };
    default:
      return unreachable(name);
  }
}
