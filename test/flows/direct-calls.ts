import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { signCaller, type Caller } from "../../shared/contracts/caller.ts";
import type { RunningTwin } from "./start-twin.ts";
import { vectorOf } from "./vectors.ts";

const caller: Caller = { tenant: "twin", keyId: "forged", scopes: ["read", "write", "admin"] };

const ONES = Array(1_001).fill(1);
const NAN_VECTOR = Buffer.alloc(32, 0xff).toString("base64");

/** A region's functions, called without the edge. */
export function describeDirectCalls(twin: () => RunningTwin): void {
  describe("a function that is called without the edge", () => {
    test("refuses a caller that no location vouches for, one with too few scopes, and one of an hour ago", async () => {
      const { callerSecret } = await secrets(twin());
      const nowMs = Date.now();
      const forged = signCaller(caller, "a guess of at least 32 characters ...", nowMs);
      const raised = {
        ...signCaller({ ...caller, scopes: ["read"] }, callerSecret, nowMs),
        caller,
      };
      const old = signCaller(caller, callerSecret, nowMs - 3_600_000);
      const reader = signCaller({ ...caller, scopes: ["read"] }, callerSecret, nowMs);
      for (const context of [forged, raised, old, reader]) {
        expect(await remove(twin(), context)).toMatchObject({
          kind: "problem",
          problem: { code: "forbidden" },
        });
      }
    });

    test.each<[string, object, string]>([
      ["filter-injection, as a field", { filter: { "n = 1 or 1=1 --": 1 } }, "invalid-filter"],
      ["filter-injection, as a value", { filter: { n: "1' or '1'='1" } }, "invalid-filter"],
      ["vector-invalid, too short", { queries: [part([1, 2])] }, "invalid-vector"],
      ["vector-invalid, zero", { queries: [part(Array(8).fill(0))] }, "invalid-vector"],
      ["vector-invalid, NaN", { queries: [part(NAN_VECTOR)] }, "invalid-vector"],
      ["limits-exceeded, 1,001 values", { filter: { n: { $in: ONES } } }, "limit-exceeded"],
      ["name-hostile, a way up", { collection: "../v" }, "not-found"],
    ])("refuses by itself what the edge would refuse: %s", async (_, more, code) => {
      expect(await search(twin(), more)).toMatchObject({ kind: "problem", problem: { code } });
    });

    test.each<[string, object]>([
      ["limits-exceeded, k 2^31", { k: 2 ** 31 }],
      ["limits-exceeded, no query", { queries: [] }],
      ["json-hostile, a tenant", { tenant: "another" }],
    ])("fails at once for an event that fits no schema: %s", async (_, more) => {
      const failed = await search(twin(), more);
      expect(failed).toMatchObject({ errorMessage: expect.any(String) });
      expect(JSON.stringify(failed)).not.toMatch(/"hits"|node_modules/);
    });

    test("does not run at all for a request that is not signed for it", async () => {
      const [region] = (await twin().report()).regions;
      const response = await fetch(
        `${region?.url ?? ""}/2015-03-31/functions/nearfield-search/invocations`,
        { method: "POST", body: "{}" },
      );
      expect(response.status).toBe(403);
    });
  });
}

function remove(twin: RunningTwin, context: unknown): Promise<unknown> {
  return invoke(twin, "nearfield-write", {
    op: "delete",
    requestId: "r",
    traceparent: "t",
    context,
    deadlineMs: 2_000,
    collection: "v",
    idempotencyKey: "forged",
    ids: ["a"],
    waitFor: "primary",
  });
}

function part(vector: readonly number[] | string) {
  return { vector, space: "v", weight: 1, negative: false };
}

/** A retrieval of a caller that a location vouches for. */
async function search(twin: RunningTwin, more: object): Promise<unknown> {
  const { callerSecret } = await secrets(twin);
  return invoke(twin, "nearfield-search", {
    op: "retrieve",
    requestId: "r",
    traceparent: "t",
    context: signCaller({ ...caller, scopes: ["read"] }, callerSecret, Date.now()),
    deadlineMs: 2_000,
    collection: "v",
    freshness: { consistency: "eventual", maxStalenessMs: 5_000, token: null },
    queries: [part(vectorOf(1))],
    k: 10,
    coverage: "any",
    known: null,
    ...more,
  });
}

/** @returns what the primary's function said, its failure included */
async function invoke(twin: RunningTwin, FunctionName: string, event: object): Promise<unknown> {
  const { accessKeyId, secretAccessKey } = await secrets(twin);
  const { regions } = await twin.report();
  const client = new LambdaClient({
    region: "us-east-1",
    endpoint: regions[0]?.url ?? "",
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
  const output = await client.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }),
  );
  client.destroy();
  return JSON.parse(output.Payload?.transformToString() ?? "null");
}

async function secrets(
  twin: RunningTwin,
): Promise<{ callerSecret: string; accessKeyId: string; secretAccessKey: string }> {
  return JSON.parse(await readFile(path.join(twin.state, "secrets.json"), "utf8"));
}
