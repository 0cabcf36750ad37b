import fc from "fast-check";
import { expect, test } from "vitest";
import { planIndex } from "./index-plan.ts";

test("nothing asked for: each store does as it does by itself", () => {
  expect(planIndex({}, 384).kind).toBe("auto");
});

test("what is named is the plan, with what was left out filled in", () => {
  expect(planIndex({ index: "exact" }, 384).kind).toBe("exact");
  expect(planIndex({ index: { kind: "hnsw", m: 32 } }, 384)).toMatchObject({
    kind: "hnsw",
    m: 32,
    efConstruction: 300,
    ef: 150,
    fromVectors: 8_000,
    upToVectors: null,
  });
});

test.each([
  [0.9, "hnsw", 150],
  [0.99, "hnsw", 150],
  [0.995, "hnsw", 400],
  [0.999, "exact", undefined],
  [1, "exact", undefined],
])("a recall of %d is kept by %s, ef %s", (recallMin, kind, ef) => {
  const plan = planIndex({ budget: { recallMin } }, 384);
  expect([plan.kind, "ef" in plan ? plan.ef : undefined]).toEqual([kind, ef]);
});

test("time says from how many vectors on a scan is too slow, for their dimension", () => {
  const from = (latencyMsMax: number, dimension: number) => {
    const plan = planIndex({ budget: { recallMin: 0.95, latencyMsMax } }, dimension);
    return plan.kind === "hnsw" ? plan.fromVectors : null;
  };
  expect(from(10, 384)).toBe(21_000);
  expect(from(10, 1_536)).toBe(5_400);
  expect(from(1, 384)).toBe(2_100);
});

test("memory says up to how many a graph is kept; where it holds none worth having, none is built", () => {
  const of = (memoryBytesMax: number) =>
    planIndex({ budget: { recallMin: 0.95, memoryBytesMax } }, 384);
  expect(of(58_400_000)).toMatchObject({ kind: "hnsw", upToVectors: 100_000 });
  expect(of(1_000_000)).toMatchObject({ kind: "exact" });
});

test("the reason says what can't be promised", () => {
  const graph = planIndex({ budget: { recallMin: 0.995, latencyMsMax: 2 } }, 384);
  expect(graph.because).toContain("less than the 8 ms of a graph can't be promised");
  const scan = planIndex({ budget: { recallMin: 1, latencyMsMax: 10 } }, 384);
  expect(scan.because).toContain("past 21000 vectors a shard it takes longer than 10 ms");
});

test("asking for more recall never gives less effort", () => {
  const recall = fc.double({ min: 0.5, max: 1, noNaN: true });
  const effort = (recallMin: number) => {
    const plan = planIndex({ budget: { recallMin } }, 128);
    return plan.kind === "hnsw" ? plan.ef : Infinity;
  };
  fc.assert(
    fc.property(recall, recall, (a, b) => {
      expect(effort(Math.max(a, b))).toBeGreaterThanOrEqual(effort(Math.min(a, b)));
    }),
  );
});
