import fc from "fast-check";
import { expect, test } from "vitest";
import { nearestRows } from "./top-k.ts";
import { dotProduct, toUnitVector } from "./vector.ts";

const DIMENSION = 3;
const unit = fc
  .array(fc.integer({ min: -2, max: 2 }), { minLength: DIMENSION, maxLength: DIMENSION })
  .map((values) => toUnitVector(Float32Array.from(values)))
  .filter((vector) => vector !== null);

test("the k nearest rows come out, with all that are as near as the k-th, and no others", () => {
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 30 }), unit, fc.nat({ max: 40 }), (rows, vector, n) => {
      const k = n + 1;
      const matrix = Float32Array.from(rows.flatMap((row) => [...row]));
      const all = rows.map((row) => Math.max(-1, Math.min(1, dotProduct(vector, row))));
      const kth = all.toSorted((a, b) => b - a)[k - 1] ?? -1;
      const expected = all.flatMap((similarity, row) =>
        similarity >= kth ? [{ row, similarity }] : [],
      );
      expect(nearestRows(matrix, DIMENSION, vector, k)).toEqual(expected);
    }),
  );
});
