import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { signCaller, type Caller } from "../../shared/contracts/caller.ts";
import type { RunningTwin } from "./start-twin.ts";

const caller: Caller = { tenant: "twin", keyId: "forged", scopes: ["read", "write", "admin"] };

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

async function remove(twin: RunningTwin, context: unknown): Promise<unknown> {
  const { accessKeyId, secretAccessKey } = await secrets(twin);
  const { regions } = await twin.report();
  const client = new LambdaClient({
    region: "us-east-1",
    endpoint: regions[0]?.url ?? "",
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
  const event = {
    op: "delete",
    requestId: "r",
    traceparent: "t",
    context,
    deadlineMs: 2_000,
    collection: "v",
    idempotencyKey: "forged",
    ids: ["a"],
    waitFor: "primary",
  };
  const output = await client.send(
    new InvokeCommand({ FunctionName: "nearfield-write", Payload: JSON.stringify(event) }),
  );
  client.destroy();
  return JSON.parse(output.Payload?.transformToString() ?? "null");
}

async function secrets(
  twin: RunningTwin,
): Promise<{ callerSecret: string; accessKeyId: string; secretAccessKey: string }> {
  return JSON.parse(await readFile(path.join(twin.state, "secrets.json"), "utf8"));
}
