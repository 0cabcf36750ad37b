import { expect, test } from "vitest";
import { timeLeft } from "./time-left.ts";

test("what is left is told once it is known, and no longer at the end", () => {
  const told = (seconds: unknown) => timeLeft(seconds);
  for (const unknown of ["0", "NULL", "INF", 0]) expect(told(unknown)).toBe("");
  expect(told(8)).toBe(", 8s left");
  expect(told(140)).toBe(", 2m20s left");
  expect(told(3_605)).toBe(", 1h00m left");
});
