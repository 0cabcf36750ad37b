import { expect, test } from "vitest";
import { parseFilter } from "../../../shared/contracts/filter.ts";
import { FIELD_TYPES } from "../../../shared/domain/field-value.ts";
import { filterWords, OPERATORS, toCondition } from "./filter-words.ts";

const FIELDS = {
  string: "string",
  number: "number",
  boolean: "boolean",
  date: "date",
  strings: "strings",
} as const;
const TYPED = { string: "x", number: "3.5", boolean: "", date: "2024-05-01", strings: "sea" };

test("every operator that is offered makes a filter that the server takes, and has words", () => {
  for (const type of FIELD_TYPES)
    for (const operator of OPERATORS[type]) {
      const condition = toCondition(type, type, operator, TYPED[type]);
      expect(condition).not.toBeNull();
      expect(parseFilter(condition ?? {}, FIELDS)).not.toBeNull();
      expect(filterWords(condition ?? {}, FIELDS)).toContain(`${type} ${operator.words}`);
    }
});

test("what is no value of the field's type makes no filter", () => {
  const [atLeast] = OPERATORS.number;
  if (atLeast === undefined) throw new Error("numbers have operators");
  for (const text of ["", "  ", "three"])
    expect(toCondition("n", "number", atLeast, text)).toBeNull();
  expect(toCondition("n", "number", atLeast, " 3 ")).toEqual({ n: { $gte: 3 } });
});

test("any filter of an address has words", () => {
  expect(
    filterWords(
      {
        kind: "picture",
        $or: [{ tags: { $contains: "sea" } }, { "made.at": { $gte: "2024-05-01" } }],
        $not: { licence: { $in: ["a", "b"] }, n: { $exists: false } },
      },
      { kind: "string", tags: "strings", "made.at": "date", licence: "string", n: "number" },
    ),
  ).toBe(
    "kind is picture and (tags contains sea or made.at from 2024-05-01) and not (licence is one of a, b and n is missing)",
  );
  expect(filterWords({ unknown: { $magic: [1, null] } }, {})).toBe("unknown $magic 1, null");
});
