import { expect, test } from "vitest";
import { freePorts } from "./free-ports.ts";

test("a port that was given out is not given again, though nobody listens on it yet", async () => {
  const seen = new Set<number>();
  for (let i = 0; i < 40; i++) for (const port of await freePorts(50)) seen.add(port);
  expect(seen.size).toBe(2_000);
});
