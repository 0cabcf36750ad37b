import { expect, test } from "vitest";
import { maxSim } from "./max-sim.ts";

const x = [1, 0];
const y = [0, 1];

test("each token of the query counts with its most similar token of the text", () => {
  const query = Float32Array.from([...x, ...y]);
  expect(maxSim(query, Float32Array.from([...x, ...x]), 2)).toBe(0.5);
  expect(maxSim(query, Float32Array.from([...y, ...x]), 2)).toBe(1);
  expect(maxSim(Float32Array.from(x), Float32Array.from([-1, 0]), 2)).toBe(-1);
});

test("a query without tokens is like nothing", () => {
  expect(maxSim(new Float32Array(0), Float32Array.from(x), 2)).toBe(0);
});
