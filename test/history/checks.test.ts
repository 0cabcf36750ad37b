import { describe, expect, test } from "vitest";
import { required } from "../../shared/std/assert.ts";
import type { History } from "./check.ts";
import { CHECKS, checkHistory } from "./check-history.ts";
import { rankedBy } from "./checks/cache-equal.ts";
import { historyOf, INCARNATION, lineOf, put, remove } from "./hand-made.ts";
import { readOperations, writeOperations, type Operation } from "./operation.ts";
import { Truth } from "./truth.ts";

/** What a check finds, as it says it. */
function found(name: string, history: History): string[] {
  const check = required(
    CHECKS.find((one) => one.name === name),
    "such a check",
  );
  return check.find(history).map(({ what }) => what);
}

const shown = (id: string, value: number | null, position: number | null = null) => ({
  id,
  value,
  group: 0,
  position,
});
const putOp = (
  id: string,
  value: number,
  position: number | null,
  more: Partial<Operation> = {},
) => ({
  kind: "put" as const,
  id,
  value,
  group: 0,
  position,
  ...more,
});
const getOp = (
  id: string,
  servedPosition: number,
  hits: Operation["hits"],
  more: Partial<Operation> = {},
) => ({
  kind: "get" as const,
  id,
  servedPosition,
  hits,
  ...more,
});

/** The hits that a query has of the documents at the end of a log. */
function answer(
  entries: Parameters<typeof lineOf>[0],
  asked: Partial<Operation>,
): Operation["hits"] {
  const documents = new Map(
    new Truth(INCARNATION, lineOf(entries)).documentsAt(entries.length).map((one) => [one.id, one]),
  );
  const [operation] = historyOf([], [{ kind: "retrieve", ...asked }]).operations;
  return rankedBy(required(operation, "one"), documents)
    .slice(0, asked.k ?? 0)
    .map(({ id, value, group }) => ({ id, value, group, position: null }));
}

const ENTRIES = [put("a", 0), put("b", 1), put("c", 2), remove("b"), put("a", 3)];
const QUERY = { kind: "retrieve" as const, id: null, query: 7, k: 2 };
/** Nothing is wrong with it. */
const GOOD: Partial<Operation>[] = [
  putOp("a", 0, 1),
  putOp("b", 1, 2),
  putOp("c", 2, 3),
  { kind: "delete", id: "b", position: 4 },
  putOp("a", 3, 5, { outcome: "info", position: null, status: null }),
  putOp("a", 3, 5, { idempotencyKey: "key 4", repeated: true }),
  getOp("a", 5, [shown("a", 3, 5)], { level: "strong", token: "t" }),
  getOp("b", 5, [], { level: "strong" }),
  { ...QUERY, servedPosition: 5, hits: answer(ENTRIES, QUERY), stalenessMs: 0 },
];

test("no check finds anything in a history that is right", () => {
  const final = {
    region: "us-east-1",
    collection: "t/c",
    position: 5,
    documents: [shown("a", 3, 5), shown("c", 2, 3)],
  };
  const { findings, checks } = checkHistory(
    historyOf(ENTRIES, GOOD, { finals: [final], wanted: ["duplicate-dropped", "outcome-unknown"] }),
  );
  expect(findings).toEqual([]);
  expect(Object.keys(checks)).toHaveLength(CHECKS.length);
});

test("a history is the same after it was written and read", () => {
  const { operations } = historyOf(ENTRIES, GOOD);
  expect(readOperations(writeOperations(operations))).toEqual(operations);
});

describe("what each check refuses", () => {
  const refuses = (name: string, what: string, history: History) =>
    test(`${name}: ${what}`, () => {
      expect(found(name, history)).not.toEqual([]);
      expect(checkHistory(history).checks[name]).toBeGreaterThan(0);
    });

  refuses(
    "acked-kept",
    "an acknowledged write that is not in the log",
    historyOf([put("a", 0)], [putOp("a", 1, 2)]),
  );
  refuses(
    "acked-kept",
    "a position that has another write",
    historyOf([put("a", 0)], [putOp("a", 1, 1)]),
  );
  refuses(
    "acked-kept",
    "an acknowledged write for another position than the document had",
    historyOf([put("a", 0), put("a", 1, { ifPosition: 7 })], [putOp("a", 1, 2)]),
  );
  refuses(
    "acked-kept",
    "a point that is not on the log's line",
    historyOf([put("a", 0)], [putOp("a", 0, 1, { served: `${INCARNATION}.1.1.00000000` })]),
  );
  refuses(
    "once",
    "a write that is there twice",
    historyOf([put("a", 0), put("a", 0)], [putOp("a", 0, 1)]),
  );
  refuses(
    "once",
    "a key that was told two positions",
    historyOf(
      [put("a", 0)],
      [putOp("a", 0, 1, { idempotencyKey: "k" }), putOp("a", 0, 2, { idempotencyKey: "k" })],
    ),
  );
  refuses(
    "once",
    "a refused write that is there",
    historyOf([put("a", 0)], [putOp("a", 0, null, { outcome: "fail", status: 400 })]),
  );
  refuses("once", "a write of nobody", historyOf([put("a", 9)], []));
  refuses(
    "once",
    "a deletion that nobody asked for",
    historyOf([put("a", 0), remove("a")], [putOp("a", 0, 1)]),
  );
  refuses(
    "once",
    "a deletion that is there twice",
    historyOf([remove("a"), remove("a")], [{ kind: "delete", id: "a", position: 1 }]),
  );
  refuses(
    "log-order",
    "a write that was asked for after one of a higher position was acknowledged",
    historyOf([put("a", 0), put("a", 1)], [putOp("a", 1, 2), putOp("a", 0, 1)]),
  );
  const [first, second] = lineOf([put("a", 0), put("a", 1)]);
  const brokenLine = [
    required(first, "one"),
    { ...required(second, "two"), chain: "0".repeat(40) },
  ];
  refuses("log-order", "a broken chain", {
    ...historyOf([], []),
    truths: new Map([["t/c", new Truth(INCARNATION, brokenLine)]]),
  });
  refuses("log-order", "a hole", {
    ...historyOf([], []),
    truths: new Map([["t/c", new Truth(INCARNATION, [required(second, "two")])]]),
  });
  refuses(
    "served-honest",
    "an older version than the position says",
    historyOf([put("a", 0), put("a", 1)], [getOp("a", 2, [shown("a", 0, 1)])]),
  );
  refuses(
    "served-honest",
    "a newer version",
    historyOf([put("a", 0), put("a", 1)], [getOp("a", 1, [shown("a", 1)])]),
  );
  refuses(
    "served-honest",
    "a deleted document",
    historyOf([put("a", 0), remove("a")], [getOp("a", 2, [shown("a", 0)])]),
  );
  refuses(
    "served-honest",
    "a document that is lacking",
    historyOf([put("a", 0)], [getOp("a", 1, [])]),
  );
  refuses(
    "served-honest",
    "a document that a listing lacks",
    historyOf([put("a", 0)], [{ kind: "list", id: null, servedPosition: 1 }]),
  );
  refuses(
    "read-your-writes",
    "a read before the session's own write",
    historyOf([put("a", 0)], [putOp("a", 0, 1), getOp("a", 0, [], { token: "t" })]),
  );
  refuses(
    "monotonic-reads",
    "a read before what the session saw",
    historyOf([put("a", 0)], [getOp("a", 1, [shown("a", 0)]), getOp("a", 0, [], { token: "t" })]),
  );
  refuses(
    "bounded-honest",
    "a read that lacks what was acknowledged before its bound",
    historyOf(
      [put("a", 0)],
      [
        putOp("a", 0, 1),
        getOp("a", 0, [], { maxStalenessMs: 1_000, invoke: 2_000, complete: 2_001 }),
      ],
    ),
  );
  refuses(
    "bounded-honest",
    "a label that is fresher than the answer",
    historyOf(
      [put("a", 0)],
      [
        putOp("a", 0, 1),
        {
          ...QUERY,
          servedPosition: 0,
          level: "eventual",
          stalenessMs: 100,
          invoke: 2_000,
          complete: 2_001,
        },
      ],
    ),
  );
  refuses(
    "strong",
    "a read that lacks what was acknowledged",
    historyOf([put("a", 0)], [putOp("a", 0, 1), getOp("a", 0, [], { level: "strong" })]),
  );
  refuses(
    "linearizable",
    "a strong read of what was overwritten before it began",
    historyOf(
      [put("a", 0), put("a", 1)],
      [putOp("a", 0, 1), putOp("a", 1, 2), getOp("a", 2, [shown("a", 0)], { level: "strong" })],
    ),
  );
  refuses(
    "linearizable",
    "two strong reads, of which the later saw the earlier write",
    historyOf(
      [put("a", 0), put("a", 1)],
      [
        putOp("a", 0, 1),
        putOp("a", 1, 2, { invoke: 10, complete: 100 }),
        getOp("a", 2, [shown("a", 1)], { level: "strong", invoke: 20, complete: 25 }),
        getOp("a", 2, [shown("a", 0)], { level: "strong", invoke: 30, complete: 35 }),
      ],
    ),
  );
  refuses(
    "cache-equal",
    "a hit that is lacking",
    historyOf(ENTRIES, [{ ...QUERY, servedPosition: 5, hits: answer(ENTRIES, QUERY).slice(1) }]),
  );
  refuses(
    "cache-equal",
    "another order",
    historyOf(ENTRIES, [
      { ...QUERY, servedPosition: 5, hits: answer(ENTRIES, QUERY).toReversed() },
    ]),
  );
  refuses(
    "partial-says-so",
    "a missing shard that is not named",
    historyOf(ENTRIES, [
      { ...QUERY, servedPosition: 5, coverage: { shards: 2, answered: 1, missing: [] } },
    ]),
  );
  refuses(
    "partial-says-so",
    "a partial answer from a cache",
    historyOf(ENTRIES, [
      {
        ...QUERY,
        servedPosition: 5,
        tier: "redis",
        coverage: { shards: 2, answered: 1, missing: [{ shard: 1, reason: "failed" }] },
      },
    ]),
  );
  refuses(
    "tenant-closed",
    "a hit of another tenant's write",
    historyOf(
      [put("a", 0)],
      [putOp("a", 0, null, { tenant: "u" }), getOp("a", 1, [shown("a", 0)])],
    ),
  );
  refuses(
    "tenant-closed",
    "a hit that the filter leaves out",
    historyOf(
      [put("a", 0)],
      [putOp("a", 0, 1), { ...QUERY, group: 2, servedPosition: 1, hits: [shown("a", 0)] }],
    ),
  );
  const final = { region: "r", collection: "t/c", position: 1, documents: [shown("a", 0, 1)] };
  refuses(
    "converged",
    "a region that is behind",
    historyOf([put("a", 0)], [], { finals: [{ ...final, position: 0 }] }),
  );
  refuses(
    "converged",
    "a document that is lacking",
    historyOf([put("a", 0)], [], { finals: [{ ...final, documents: [] }] }),
  );
  refuses(
    "converged",
    "a document twice",
    historyOf([put("a", 0)], [], {
      finals: [{ ...final, documents: [...final.documents, ...final.documents] }],
    }),
  );
  refuses(
    "not-vacuous",
    "a run without what it is about",
    historyOf([], [], { wanted: ["failover"] }),
  );
});

test("a write of unknown outcome may appear any time later, or never", () => {
  const unknown = putOp("a", 1, null, { outcome: "info", status: null });
  const entries = [put("a", 0), put("a", 1)];
  const late = historyOf(entries, [
    unknown,
    putOp("a", 0, 1),
    getOp("a", 2, [shown("a", 1)], { level: "strong" }),
  ]);
  const never = historyOf(
    [put("a", 0)],
    [unknown, putOp("a", 0, 1), getOp("a", 1, [shown("a", 0)], { level: "strong" })],
  );
  expect(checkHistory(late).findings).toEqual([]);
  expect(checkHistory(never).findings).toEqual([]);
});
