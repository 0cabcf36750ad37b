import fc from "fast-check";
import { expect, test } from "vitest";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { chunkOf, requireFitting } from "./chunks.ts";

const entries = fc.array(
  fc.nat(400_000).map((length) => "x".repeat(length)),
  { maxLength: 60 },
);

test("chunks hold every entry once, in order, and none is over an append's limits", () => {
  fc.assert(
    fc.property(entries, (list) => {
      const chunks: (readonly string[])[] = [];
      for (let start = 0; start < list.length; start += chunks.at(-1)?.length ?? 0)
        chunks.push(chunkOf(list, start));
      expect(chunks.flat()).toEqual(list);
      for (const chunk of chunks) {
        expect(chunk.length).toBeGreaterThan(0);
        expect(chunk.length).toBeLessThanOrEqual(LIMITS.appendEntriesMax);
        expect(chunk.join("").length).toBeLessThanOrEqual(LIMITS.appendBytesMax);
      }
    }),
    { numRuns: 30 },
  );
});

test("an entry that no append can hold is refused with its place", () => {
  expect(() => requireFitting(["x", "ü".repeat(LIMITS.logEntryBytesMax)])).toThrowError(
    expect.objectContaining({
      code: "limit-exceeded",
      errors: [expect.objectContaining({ pointer: "/documents/1" })],
    }),
  );
});
