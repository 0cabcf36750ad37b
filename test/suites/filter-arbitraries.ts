import fc from "fast-check";
import type { WireFilter } from "../../shared/contracts/filter.ts";
import type { DeclaredFields } from "../../shared/domain/field-value.ts";
import { HOSTILE, LONG } from "./hostile-texts.ts";

/** Fields that the random filters are over: those of every suite's layout, by their metadata's names. */
export const FILTER_FIELDS = {
  kind: "string",
  "a.b": "string",
  a_b: "string",
  Year: "number",
  open: "boolean",
  born: "date",
  tags: "strings",
} as const satisfies DeclaredFields;

/** Hostile characters, and those that come right behind them in the order of code points. */
const PIECES = [..."'(\"#\\]%&_`~@aAb\0\u0001\n", "\ud7ff", "\ue000", "😀", "😁"];

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.1,
  1e21,
  -1e20,
  5e-324,
  Number.MAX_VALUE,
  Number.MAX_SAFE_INTEGER,
  2 ** 63,
  2 ** 64,
] as const;

/** Some of them are one moment. */
const DATES = [
  "0000-01-01",
  "1969-12-31T23:59:59.999Z",
  "1970-01-01",
  "1970-01-01T01:00:00+01:00",
  "2024-02-29",
  "2024-02-28T19:00:00-05:00",
  "2024-02-29T00:00:00.001Z",
  "9999-12-31T23:59:59.999Z",
] as const;

const short = fc.string({ unit: fc.constantFrom(...PIECES), maxLength: 4 });
const texts = fc.oneof(
  { arbitrary: fc.constantFrom(...HOSTILE), weight: 5 },
  { arbitrary: short, weight: 5 },
  { arbitrary: fc.constantFrom(...LONG), weight: 1 },
);
/** A part of a text, cut between characters. */
const parts = fc
  .tuple(texts, fc.nat(6), fc.nat(6))
  .map(([text, start, length]) => [...text].slice(start, start + 1 + length).join(""));
const fragments = fc.oneof(parts, texts, short);
const numbers = fc.constantFrom(...NUMBERS);
const dates = fc.constantFrom(...DATES);

/** Metadata of a document, as a user writes it: null where it has none. */
export const metadataArb = fc.record({
  kind: fc.option(texts),
  a: fc.oneof(
    fc.record({ b: fc.option(texts) }),
    fc.constantFrom(null, "no object", ["no object"]),
  ),
  a_b: fc.option(texts),
  Year: fc.option(numbers),
  open: fc.option(fc.boolean()),
  born: fc.option(dates),
  tags: fc.option(fc.array(texts, { maxLength: 4 })),
});

const equality = ["$eq", "$ne"] as const;
const order = ["$gt", "$gte", "$lt", "$lte"] as const;

const strings = fc.constantFrom("kind", "a.b", "a_b");

const leaf: fc.Arbitrary<WireFilter> = fc.oneof(
  { arbitrary: leafOf(strings, texts, [...equality, ...order]), weight: 3 },
  { arbitrary: leafOf(strings, fragments, ["$prefix", "$contains"]), weight: 3 },
  leafOf(fc.constant("Year"), numbers, [...equality, ...order]),
  leafOf(fc.constant("open"), fc.boolean(), equality),
  leafOf(fc.constant("born"), dates, [...equality, ...order]),
  { arbitrary: leafOf(fc.constant("tags"), texts, [...equality, "$contains"]), weight: 2 },
);

/** Filters in the form in which they travel. */
export const wireFilterArb: fc.Arbitrary<WireFilter> = fc.letrec<{ tree: WireFilter }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", maxDepth: 4 },
    { arbitrary: leaf, weight: 3 },
    combined("$and", tie("tree")),
    combined("$or", tie("tree")),
    tie("tree").map(($not) => ({ $not })),
    fc.tuple(leaf, tie("tree")).map(([one, other]) => ({ ...one, ...other })),
  ),
})).tree;

/** One field under one or two operators, or a bare value. */
function leafOf(
  names: fc.Arbitrary<keyof typeof FILTER_FIELDS>,
  value: fc.Arbitrary<unknown>,
  operators: readonly string[],
): fc.Arbitrary<WireFilter> {
  const single = fc
    .tuple(fc.constantFrom(...operators), value)
    .map(([operator, operand]) => ({ [operator]: operand }));
  const list = fc
    .tuple(fc.constantFrom("$in", "$nin"), fc.array(value, { minLength: 1, maxLength: 5 }))
    .map(([operator, operand]) => ({ [operator]: operand }));
  const exists = fc.boolean().map(($exists) => ({ $exists }));
  const two = fc.tuple(single, fc.oneof(single, exists)).map(([a, b]) => ({ ...a, ...b }));
  const bare = value.map((operand) => operand);
  return fc
    .tuple(
      names,
      fc.oneof(
        { arbitrary: single, weight: 6 },
        { arbitrary: list, weight: 3 },
        { arbitrary: two, weight: 2 },
        { arbitrary: exists, weight: 1 },
        { arbitrary: bare, weight: 1 },
      ),
    )
    .map(([name, condition]) => ({ [name]: condition }));
}

function combined(
  operator: "$and" | "$or",
  part: fc.Arbitrary<WireFilter>,
): fc.Arbitrary<WireFilter> {
  return fc.array(part, { minLength: 1, maxLength: 3 }).map((list) => ({ [operator]: list }));
}
