import fc from "fast-check";
import { expect, test } from "vitest";
import type { Filter } from "./filter.ts";
import { matches } from "./filter.ts";
import { planShards } from "./plan-shards.ts";
import { createPlacement, shardOfDocument, shardsOfId, type ShardKey } from "./shard-map.ts";

const texts = fc.constantFrom("", "a", "b", "ab", "z", "é", "😀");
const numbers = fc.constantFrom(-1, 0, 0.5, 1, 2, 3, 10);

const documents = fc.record({
  id: fc.string({ minLength: 1, maxLength: 4 }),
  fields: fc.record({ tag: fc.option(texts), n: fc.option(numbers), other: fc.option(texts) }),
});

const keys: fc.Arbitrary<{ shards: number; key: ShardKey }> = fc.oneof(
  fc.integer({ min: 1, max: 6 }).map((shards) => ({ shards, key: { by: "id" as const } })),
  fc
    .integer({ min: 1, max: 6 })
    .map((shards) => ({ shards, key: { by: "tag" as const, field: "tag" } })),
  ranges("n", numbers, (a, b) => Number(a) - Number(b)),
  ranges("tag", fc.constantFrom("a", "b", "z"), (a, b) => (a < b ? -1 : 1)),
);

function ranges<T extends string | number>(
  field: string,
  values: fc.Arbitrary<T>,
  order: (a: T, b: T) => number,
) {
  return fc.uniqueArray(values, { minLength: 1, maxLength: 3 }).map((found) => {
    const bounds = [...found].sort(order);
    return { shards: bounds.length + 1, key: { by: "range" as const, field, bounds } };
  });
}

const leaves: fc.Arbitrary<Filter> = fc.oneof(
  comparison("tag", texts),
  comparison("n", numbers),
  comparison("other", texts),
  fc.record({
    op: fc.constantFrom("in" as const, "nin" as const),
    field: fc.constant("tag"),
    values: fc.array(texts, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    op: fc.constantFrom("exists" as const, "missing" as const),
    field: fc.constantFrom("tag", "n"),
  }),
  fc.record({ op: fc.constant("prefix" as const), field: fc.constant("tag"), value: texts }),
);

function comparison(field: string, values: fc.Arbitrary<string | number>): fc.Arbitrary<Filter> {
  return fc.record({
    op: fc.constantFrom("eq", "ne", "gt", "gte", "lt", "lte"),
    field: fc.constant(field),
    value: values,
  });
}

const filters = fc.letrec<{ tree: Filter }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    leaves,
    fc.record({
      op: fc.constantFrom("and" as const, "or" as const),
      filters: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ op: fc.constant("not" as const), filter: tie("tree") }),
  ),
})).tree;

test("a document that a filter is true of lies on a shard that the plan asks", () => {
  fc.assert(
    fc.property(keys, filters, fc.array(documents, { maxLength: 20 }), (of, filter, all) => {
      const placement = createPlacement({ version: 1, ...of });
      const { asked } = planShards(placement, filter);
      for (const { id, fields } of all)
        if (matches(filter, fields))
          expect(asked).toContain(shardOfDocument(placement, id, fields));
    }),
    { numRuns: 2_000 },
  );
});

const single = fc.record({
  op: fc.constantFrom("eq" as const, "gt" as const, "gte" as const, "lt" as const, "lte" as const),
  value: fc.integer({ min: -20, max: 20 }),
  negated: fc.boolean(),
});

test("a comparison with ranges asks no shard that has no place for a match", () => {
  const bounds = fc
    .uniqueArray(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 5 })
    .map((found) => found.toSorted((a, b) => a - b));
  fc.assert(
    fc.property(bounds, single, (between, { op, value, negated }) => {
      const shards = between.length + 1;
      const key = { by: "range" as const, field: "n", bounds: between };
      const placement = createPlacement({ version: 1, shards, key });
      const plain: Filter = { op, field: "n", value };
      const filter: Filter = negated ? { op: "not", filter: plain } : plain;
      // A value at, before and behind each number that is named: one of them lies wherever a match can.
      const places = [...between, value].flatMap((at) => [at - 0.5, at, at + 0.5]);
      const fitting = places.filter((n) => matches(filter, { n }));
      const held = new Set(fitting.map((n) => shardOfDocument(placement, "d", { n })));
      expect(planShards(placement, filter).asked).toEqual([...held].toSorted((a, b) => a - b));
    }),
    { numRuns: 500 },
  );
});

test("a document lies on one of the shards that its id alone tells", () => {
  fc.assert(
    fc.property(keys, documents, (of, { id, fields }) => {
      const placement = createPlacement({ version: 1, ...of });
      const shard = shardOfDocument(placement, id, fields);
      expect(shardsOfId(placement, id)).toContain(shard);
      expect(shard).toBeLessThan(of.shards);
    }),
  );
});

const byYear = createPlacement({
  version: 1,
  shards: 3,
  key: { by: "range", field: "year", bounds: [2000, 2020] },
});

test.each<[Filter, number[]]>([
  [{ op: "eq", field: "year", value: 1999 }, [0]],
  [{ op: "eq", field: "year", value: 2000 }, [1]],
  [{ op: "gte", field: "year", value: 2020 }, [2]],
  [{ op: "lt", field: "year", value: 2000 }, [0]],
  [{ op: "lte", field: "year", value: 2000 }, [0, 1]],
  [{ op: "not", filter: { op: "gte", field: "year", value: 2000 } }, [0]],
  [{ op: "not", filter: { op: "exists", field: "year" } }, [0]],
  [
    {
      op: "and",
      filters: [
        { op: "gte", field: "year", value: 2000 },
        { op: "lt", field: "year", value: 2020 },
      ],
    },
    [1],
  ],
  [{ op: "missing", field: "year" }, [0]],
  [{ op: "in", field: "year", values: [1990, 2021] }, [0, 2]],
  [{ op: "eq", field: "kind", value: "x" }, [0, 1, 2]],
  [
    {
      op: "and",
      filters: [
        { op: "eq", field: "kind", value: "x" },
        { op: "gt", field: "year", value: 2010 },
        { op: "lt", field: "year", value: 2015 },
      ],
    },
    [1],
  ],
  [
    {
      op: "and",
      filters: [
        { op: "eq", field: "year", value: 1990 },
        { op: "eq", field: "year", value: 2021 },
      ],
    },
    [],
  ],
])("ranges of years, asked for %j, are %j", (filter, asked) => {
  expect(planShards(byYear, filter).asked).toEqual(asked);
});

test("texts with a prefix are a range too, and dates are compared as they are bounded", () => {
  const byName = createPlacement({
    version: 1,
    shards: 3,
    key: { by: "range", field: "name", bounds: ["g", "p"] },
  });
  expect(planShards(byName, { op: "prefix", field: "name", value: "ga" }).asked).toEqual([1]);
  expect(planShards(byName, { op: "lt", field: "name", value: "g" }).asked).toEqual([0]);
  const [from, till] = [Date.UTC(2025, 0), Date.UTC(2026, 0)];
  const byDay = createPlacement({
    version: 1,
    shards: 3,
    key: { by: "range", field: "day", bounds: [from, till] },
  });
  const year: Filter = {
    op: "and",
    filters: [
      { op: "gte", field: "day", value: from },
      { op: "lt", field: "day", value: till },
    ],
  };
  expect(planShards(byDay, year).asked).toEqual([1]);
});

test("one tag is on one shard, and the plan says why", () => {
  const placement = createPlacement({ version: 1, shards: 8, key: { by: "tag", field: "team" } });
  const plan = planShards(placement, { op: "eq", field: "team", value: "blue" });
  expect(plan.asked).toHaveLength(1);
  expect(plan.because).toContain("team");
  expect(planShards(placement, null).asked).toHaveLength(8);
});
