import { describe, expect, test } from "vitest";
import type { RunningTwin } from "./start-twin.ts";
import { LIMIT_TABLE } from "./limit-table.ts";
import { vectorCollection, vectorOf } from "./vectors.ts";

/** What just keeps a limit is served. */
export function describeAtTheLimits(twin: () => RunningTwin): void {
  describe("limits-exceeded: at the limit", () => {
    test("the collection for it is made", async () => {
      const client = await twin().client("iad");
      await client.createCollection({
        ...vectorCollection("limits"),
        fields: { n: "number", s: "string" },
        shards: 1,
      });
      await client.putDocuments({
        collection: "limits",
        documents: [{ id: "a", vectors: { v: vectorOf(1) }, metadata: { n: 1 } }],
      });
    });

    test.each(LIMIT_TABLE)("$what: served", async ({ at }) => {
      const { locations, key } = await twin().report();
      const body = at.json === undefined ? at.body : JSON.stringify(at.json);
      const response = await fetch(`${locations[0]?.url ?? ""}${at.path ?? "/v1/retrieve"}`, {
        method: at.method ?? "POST",
        headers: {
          authorization: `Bearer ${key}`,
          "content-type": "application/json",
          ...at.headers,
        },
        ...(body === undefined ? {} : { body }),
      });
      expect([200, 201, 202], (await response.text()).slice(0, 500)).toContain(response.status);
    });
  });
}
