import fc from "fast-check";
import { expect, test } from "vitest";
import {
  cutEntry,
  packEntries,
  readReference,
  writeReference,
  type SegmentSizes,
} from "./segments.ts";

const SIZES: SegmentSizes = {
  inlineEntryBytesMax: 20,
  inlineAppendBytesMax: 60,
  segmentBytesMax: 50,
};
const entries = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 12 });
const sum = (list: readonly Uint8Array[]) => list.reduce((total, { length }) => total + length, 0);

test("what is packed is cut out again byte for byte, from segments that are not too large and hold nothing else", () => {
  fc.assert(
    fc.property(entries, (list) => {
      const { segments, places } = packEntries(list, SIZES);
      const found = places.map((place, i) => {
        if (place === null) return list[i];
        const name = `s${place.number}`;
        const reference = readReference(writeReference({ ...place, segment: name }));
        if (reference === null) throw new Error("what was written is a reference");
        expect(reference.segment).toBe(name);
        return cutEntry(segments[place.number] ?? new Uint8Array(), reference);
      });
      expect(found).toEqual(list);
      for (const segment of segments)
        expect(segment.length).toBeLessThanOrEqual(SIZES.segmentBytesMax);
      expect(sum(segments)).toBe(sum(list.filter((_, i) => places[i] !== null)));
    }),
  );
});

test("an entry stays in the log where it is small, and its append is", () => {
  fc.assert(
    fc.property(entries, (list) => {
      const { places } = packEntries(list, SIZES);
      const isLarge = sum(list) > SIZES.inlineAppendBytesMax;
      for (const [i, place] of places.entries()) {
        const { length } = list[i] ?? new Uint8Array();
        expect(place === null).toBe(!isLarge && length <= SIZES.inlineEntryBytesMax);
      }
    }),
  );
});

test("a segment that was cut off has not the bytes; what is no reference is none", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  expect(cutEntry(bytes, { segment: "s", offset: 1, length: 2 })).toEqual(Uint8Array.of(2, 3));
  expect(cutEntry(bytes, { segment: "s", offset: 2, length: 2 })).toBeNull();
  for (const text of ["", "s", "s:1", "s:1:", ":1:2", "s:-1:2", "s:1:2:3", '{"v":1}'])
    expect(readReference(text)).toBeNull();
});
