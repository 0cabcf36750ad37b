import { describe, expect, test } from "vitest";
import type { RunningTwin } from "./start-twin.ts";
import { vectorCollection, vectorOf } from "./vectors.ts";

const base64 = (values: readonly number[]) =>
  Buffer.from(Float32Array.from(values).buffer).toString("base64");

/** Vectors whose length float32 can't hold: in double it can be told, so they have a direction like any other. */
const ODD = {
  huge: [1e38, -1e38, 3e38, 0, 0, 0, 0, 1],
  tiny: [1e-45, -3e-45, 0, 0, 0, 0, 0, 0],
  both: [1e38, 1e-38, 0, 0, 0, 0, 0, 0],
};

export function describeOddVectors(twin: () => RunningTwin): void {
  describe("vector-invalid", () => {
    test("values of 1e38 and denormal ones are vectors: they find themselves with similarity 1, and nothing of them is NaN", async () => {
      const client = await twin().client("iad", { session: true });
      await client.createCollection(vectorCollection("odd"));
      const documents = Object.entries(ODD).map(([id, vector]) => ({
        id,
        vectors: { v: base64(vector) },
      }));
      await client.putDocuments({
        collection: "odd",
        documents: [...documents, { id: "plain", vectors: { v: vectorOf(1) } }],
      });
      for (const [id, vector] of Object.entries(ODD)) {
        const { hits } = await client.retrieve({
          collection: "odd",
          query: { vector: base64(vector), space: "v" },
          k: 10,
        });
        expect(hits).toHaveLength(4);
        expect(hits.find((hit) => hit.id === id)?.score).toBeCloseTo(1, 6);
        for (const { score } of hits) expect(Number.isFinite(score)).toBe(true);
      }
    });
  });
}
