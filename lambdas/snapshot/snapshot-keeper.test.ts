import { expect, test } from "vitest";
import { isTailLong } from "./snapshot-keeper.ts";

test("a snapshot is due when the log behind the last one is long: 64 MB, or a tenth of a large collection", () => {
  const mb = 1024 * 1024;
  expect(isTailLong(64 * mb, undefined)).toBe(false);
  expect(isTailLong(65 * mb, undefined)).toBe(true);
  expect(isTailLong(165 * mb, { logBytes: 100 * mb, bytes: 640 * mb })).toBe(true);
  expect(isTailLong(165 * mb, { logBytes: 100 * mb, bytes: 700 * mb })).toBe(false);
});
