import { expect, test } from "vitest";
import { faultOf } from "./json-fault.ts";

test.each([
  ['{"a": 1,\n  "b" 2}', "line 2, column 7: colon expected"],
  ['{"a": 1 "b": 2}', "line 1, column 9: comma expected"],
  ['{"a": ', "line 1, column 7: value expected"],
  ['{"a": 1,}', "line 1, column 9: property name expected"],
  ['{"a": NaN}', "line 1, column 7: invalid symbol"],
  ["{} // secret", "line 1, column 4: invalid comment token"],
  ["{} secret", "line 1, column 4: invalid symbol"],
  ["{}{}", "line 1, column 3: end of file expected"],
])("of %j the place is told, and nothing of the text", (text, fault) => {
  expect(faultOf(text)).toBe(fault);
});

test("what is nested too deep is not followed to its end", () => {
  expect(faultOf("[".repeat(100_000))).toBeNull();
  expect(faultOf(`${'{"a":'.repeat(100_000)}x`)).toBeNull();
});
