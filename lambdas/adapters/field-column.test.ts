import fc from "fast-check";
import { expect, test } from "vitest";
import { fieldColumn, filterColumn } from "./field-column.ts";

const name = fc.string({ unit: fc.constantFrom("a", "B", "_", "1"), minLength: 1, maxLength: 3 });
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("."));

test("two fields never share a column, and each column is a plain name of at most 255 characters", () => {
  const longest = Array.from({ length: 4 }, () => "L".repeat(64)).join(".");
  expect(fieldColumn(longest)).toMatch(/^[a-z]_\w{1,253}$/);
  fc.assert(
    fc.property(path, path, (a, b) => {
      expect(fieldColumn(a)).toMatch(/^[a-z]_\w{1,253}$/);
      expect(fieldColumn(a) === fieldColumn(b)).toBe(a === b);
    }),
    { numRuns: 2_000 },
  );
});

test("a field that is not declared has no column, whatever its name", () => {
  const fields = [{ name: "a", type: "string" }] as const;
  expect(filterColumn({ fields }, "a")).toBe("m_a");
  for (const other of ["b", "m_a", "a` OR 1=1 --", "constructor"])
    expect(() => filterColumn({ fields }, other)).toThrow("declared");
});
