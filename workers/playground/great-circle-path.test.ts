import { geoPath } from "d3-geo";
import fc from "fast-check";
import { expect, test } from "vitest";
import { greatCirclePath } from "./great-circle-path.ts";
import { mapProjection } from "./map-projection.ts";

test("the path is the one that d3 draws", () => {
  const projection = mapProjection();
  const draw = geoPath(projection).digits(0);
  const place = fc.tuple(fc.integer({ min: -180, max: 180 }), fc.integer({ min: -60, max: 80 }));
  fc.assert(
    fc.property(fc.array(place, { minLength: 2, maxLength: 2 }), (coordinates) => {
      const expected = draw({ type: "LineString", coordinates }) ?? "";
      expect(greatCirclePath(projection, coordinates)).toBe(expected);
    }),
  );
});
