import fc from "fast-check";
import { expect, test } from "vitest";
import { readAddress, readHandOver, writeAddress, writeHandOver } from "./address.ts";

test("an address that was written is read back", () => {
  fc.assert(
    fc.property(fc.string(), fc.option(fc.string()), (text, like) => {
      const address = {
        text: text.toWellFormed(),
        like: like === null ? null : like.toWellFormed(),
        filter: { kind: "picture" },
      };
      expect(readAddress(writeAddress(address))).toEqual(address);
    }),
  );
});

test("a filter that can't be read is none", () => {
  for (const filter of ["{", "[]", "null", "3"])
    expect(readAddress(`?filter=${filter}`).filter).toBeNull();
});

test("what is handed over is read back, a wrong number is not", () => {
  const handOver = { key: "nf_read_x", mayWrite: true, expected: 5_342, position: "abc.1.2.3" };
  expect(readHandOver(writeHandOver(handOver))).toEqual(handOver);
  expect(readHandOver("#demo=-3")).toEqual({
    key: null,
    mayWrite: false,
    expected: null,
    position: null,
  });
});
