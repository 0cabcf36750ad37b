import fc from "fast-check";
import { expect, test } from "vitest";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { nextChain, originPoint } from "../../shared/domain/point.ts";
import { encodeVector, sha256Hex } from "../../shared/std/bytes.ts";
import type { LoggedEntry } from "../ports/write-log.ts";
import { judge, followLine, LineBroken, readEntries, type Judging } from "./judge.ts";

const incarnation = "abcdefghij01";
const origin = originPoint(incarnation, 1);
const record: CollectionRecord = {
  tenant: "t",
  name: "c",
  incarnation,
  primary: "us-east-1",
  term: 1,
  schemaVersion: 1,
  spaces: { v: { model: "none", digest: null, dimension: 2, metric: "cosine", weight: 1 } },
  fields: { n: "number", s: "string" },
  lexical: null,
  shardMaps: [{ version: 1, shards: 1, key: { by: "id" } }],
};

function logged(jsons: readonly string[]): LoggedEntry[] {
  let { chain } = origin;
  return jsons.map((json, i) => {
    const digest = sha256Hex(json);
    chain = nextChain(chain, digest);
    return { position: i + 1, term: 1, json, digest, chain, at: { timeMs: i, term: 1, step: 0 } };
  });
}

const put = (id: string, n: unknown) =>
  JSON.stringify({
    v: 1,
    kind: "put",
    id,
    metadata: { n, extra: [1] },
    passages: [{ vectors: { v: encodeVector(Float32Array.from([1, 0])) } }],
    createdBy: "k",
  });
const remove = (id: string) => JSON.stringify({ v: 1, kind: "delete", id, createdBy: "k" });

test("a whole line leads to its last point", () => {
  const entries = logged(["a", "b", "c"]);
  expect(followLine(origin, entries)).toEqual({ term: 1, position: 3, chain: entries[2]?.chain });
  expect(followLine(origin, [])).toEqual(origin);
});

test("any hole, swap, repeat or changed byte breaks the line", () => {
  const entries = logged(Array.from({ length: 6 }, (_, i) => `entry ${i}`));
  const damage = fc.oneof(
    fc.nat(4).map((i) => entries.toSpliced(i, 1)),
    fc.nat(4).map((i) => entries.toSpliced(i, 2, ...entries.slice(i, i + 2).toReversed())),
    fc.nat(5).map((i) => entries.toSpliced(i, 0, ...entries.slice(i, i + 1))),
    fc
      .nat(5)
      .map((i) =>
        entries.map((entry, at) => (at === i ? { ...entry, json: `${entry.json}!` } : entry)),
      ),
    fc.nat(5).map((i) => entries.map((entry, at) => (at === i ? { ...entry, term: 0 } : entry))),
    fc
      .nat(5)
      .map((i) =>
        entries.map((entry, at) => (at === i ? { ...entry, chain: "0".repeat(40) } : entry)),
      ),
  );
  fc.assert(
    fc.property(damage, (damaged) => {
      expect(() => followLine(origin, damaged)).toThrow(LineBroken);
    }),
  );
});

const judging = (stored: Record<string, number> = {}): Judging => ({
  collection: record,
  schema: 1,
  stored: new Map(Object.entries(stored)),
  judged: () => null,
});
const statesOf = (jsons: string[], stored: Record<string, number> = {}) =>
  judge(judging(stored), readEntries(logged(jsons))).states;

test("of several writes to one document the last wins; a delete leaves no rows", () => {
  const states = statesOf([put("a", 1), put("b", 1), put("a", 2), remove("b")]);
  expect(states).toMatchObject([
    { id: "a", position: 3, rows: [{ passage: 0, fields: { n: 2, s: null } }] },
    { id: "b", position: 4, rows: [] },
  ]);
});

test("paths are followed, dates become milliseconds, and the body keeps what the user wrote", () => {
  const fields = { "made.at": "date", "made.by": "strings" } as const;
  const metadata = { made: { at: "1970-01-01T01:00:02+01:00", by: ["a"] } };
  const json = JSON.stringify({
    v: 1,
    kind: "put",
    id: "a",
    metadata,
    passages: [{ vectors: {} }],
    createdBy: "k",
  });
  const { states } = judge(
    { ...judging(), collection: { ...record, fields } },
    readEntries(logged([json])),
  );
  const [state] = states;
  expect(state?.rows[0]?.fields).toEqual({ "made.at": 2_000, "made.by": ["a"] });
  expect(JSON.parse(state?.rows[0]?.body ?? "")).toEqual({ metadata });
});

test("a field of another type than declared is not a field", () => {
  const [state] = statesOf([put("a", "one")]);
  expect(state?.rows[0]?.fields).toEqual({ n: null, s: null });
});

test("a write for a position counts where the document's newest write is there, and else changes nothing", () => {
  const only = (id: string, n: number, ifPosition: number) =>
    JSON.stringify({ ...JSON.parse(put(id, n)), ifPosition });
  const found = (jsons: string[], stored: Record<string, number> = {}) =>
    statesOf(jsons, stored).map(({ id, position }) => `${id}@${position}`);
  expect(found([only("a", 1, 7)], { a: 7 })).toEqual(["a@1"]);
  expect(found([only("a", 1, 7)], { a: 8 })).toEqual([]);
  expect(found([only("a", 1, 0)])).toEqual(["a@1"]);
  expect(found([only("a", 1, 0)], { a: 3 })).toEqual([]);
  // By what stood before it in the same batch.
  expect(found([put("a", 1), only("a", 2, 7)], { a: 7 })).toEqual(["a@1"]);
  expect(found([put("a", 1), only("a", 2, 1)], { a: 7 })).toEqual(["a@2"]);
  expect(found([remove("a"), only("a", 2, 7), only("a", 3, 0)], { a: 7 })).toEqual(["a@3"]);
});

test("a write that is refused is named, and what was judged before is not judged anew", () => {
  const entries = readEntries(
    logged([1, 2].map((ifPosition) => JSON.stringify({ ...JSON.parse(put("a", 1)), ifPosition }))),
  );
  expect(judge(judging({ a: 1 }), entries).refused).toEqual([2]);
  // The first of them is stored already, as an engine shows it that pins no view.
  expect(judge(judging({ a: 5 }), entries).refused).toEqual([1, 2]);
  const again = judge({ ...judging({ a: 5 }), judged: (position) => position === 1 }, entries);
  expect([again.refused, again.states.map(({ position }) => position)]).toEqual([[2], [1]]);
});

test("what a filter found is deleted where nothing was written to it since", () => {
  const found = (ids: string[], foundAt: number) =>
    JSON.stringify({ v: 1, kind: "delete-found", ids, foundAt, createdBy: "k" });
  const before = Array.from({ length: 8 }, () => put("c", 1));
  const states = statesOf([...before, found(["a", "b", "c", "d"], 7)], { a: 7, b: 8, c: 3 });
  expect(states.map(({ id, position, rows }) => [id, position, rows.length])).toEqual([
    ["c", 8, 1],
    ["a", 9, 0],
    ["d", 9, 0],
  ]);
});

test("vectors from before the schema version that their space counts from are another space's", () => {
  const collection = {
    ...record,
    spaces: {
      v: { model: "text", digest: "d", dimension: 1, metric: "cosine", weight: 1, since: 3 },
    },
  } as const;
  const withVector = (id: string) =>
    JSON.stringify({ ...JSON.parse(put(id, 1)), passages: [{ vectors: { v: "AACAPw==" } }] });
  const schema = (version: number) => JSON.stringify({ v: 1, kind: "schema", version });
  const jsons = [withVector("a"), schema(2), withVector("b"), schema(3), withVector("c")];
  const judged = judge({ ...judging(), collection }, readEntries(logged(jsons)));
  const vectors = judged.states.map(({ id, rows }) => [id, rows[0]?.vectors["v"] ?? null]);
  expect(vectors).toEqual([
    ["a", null],
    ["b", null],
    ["c", Float32Array.of(1)],
  ]);
  expect(judged.schema).toBe(3);
});

test("an entry with a vector that is none is parked wherever it is met, also where the shards lack its space; one for a position is refused", () => {
  const broken = (id: string, space: string, more: object = {}) =>
    JSON.stringify({
      ...JSON.parse(put(id, 1)),
      passages: [{ vectors: { [space]: "AAA=" } }],
      ...more,
    });
  const lines = [put("a", 1), broken("a", "v"), broken("b", "w"), put("c", 1)];
  const { states, parked, refused } = judge(
    judging({ d: 9 }),
    readEntries(logged([...lines, broken("d", "v", { ifPosition: 9 }), '{"v":1,"kind":"put"}'])),
  );
  expect(states.map(({ id, position }) => `${id}@${position}`)).toEqual(["a@1", "c@4"]);
  expect(parked).toEqual([2, 3, 5, 6]);
  expect(refused).toEqual([5]);
});
