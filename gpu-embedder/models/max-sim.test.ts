import { expect, test } from "vitest";
import { maxSim } from "./max-sim.ts";

const x = Float32Array.from([1, 0]);
const y = Float32Array.from([0, 1]);

test("each token of the query counts with its most similar token of the text", () => {
  expect(maxSim([x, y], Float32Array.from([1, 0, 1, 0]), 2)).toBe(0.5);
  expect(maxSim([x, y], Float32Array.from([0, 1, 1, 0]), 2)).toBe(1);
  expect(maxSim([x], Float32Array.from([-1, 0]), 2)).toBe(-1);
});

test("a query without tokens is like nothing", () => {
  expect(maxSim([], x, 2)).toBe(0);
});
