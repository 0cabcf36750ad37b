import fc from "fast-check";
import { expect, test } from "vitest";
import { createRing, shardOf } from "./ring.ts";

const ids = fc.string({ unit: "binary", minLength: 1, maxLength: 40 });

test("an id always lies on the same shard, one of the ring's", () => {
  fc.assert(
    fc.property(ids, fc.integer({ min: 1, max: 16 }), (id, shards) => {
      const shard = shardOf(createRing(shards), id);
      expect(shard).toBe(shardOf(createRing(shards), id));
      expect(shard).toBeGreaterThanOrEqual(0);
      expect(shard).toBeLessThan(shards);
    }),
    { numRuns: 50 },
  );
});

test("a shard more takes ids from the others, and moves none between them", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(ids, { minLength: 20, maxLength: 60 }),
      fc.integer({ min: 1, max: 8 }),
      (names, shards) => {
        const [before, after] = [createRing(shards), createRing(shards + 1)];
        for (const id of names) expect([shardOf(before, id), shards]).toContain(shardOf(after, id));
      },
    ),
    { numRuns: 30 },
  );
});

test("placement is pinned: documents must find their shard in every version", () => {
  const ring = createRing(4);
  expect(["a", "photo-bridge", "ünïcode", "🐯"].map((id) => shardOf(ring, id)))
    .toMatchInlineSnapshot(`
    [
      1,
      2,
      1,
      3,
    ]
  `);
});
