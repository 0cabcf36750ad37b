import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { connect } from "@lancedb/lancedb";
import { afterEach, beforeEach, expect, test } from "vitest";
import { planIndex } from "../../shared/domain/index-plan.ts";
import { seededRandom } from "../../shared/std/random.ts";
import { toUnitVector } from "../../shared/domain/vector.ts";
import { assert, required } from "../../shared/std/assert.ts";
import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import type { DocumentState, StoreLayout } from "../ports/store.ts";
import { applyDocuments } from "./lancedb-apply.ts";
import { BuildMark } from "./lancedb-build-mark.ts";
import { LanceDbCheckpoints } from "./lancedb-checkpoints.ts";
import { cleanupBefore, graphFor } from "./lancedb-maintain.ts";
import { openLanceDbStore } from "./lancedb-store.ts";

const LAYOUT: StoreLayout = {
  key: "nf_test_v1",
  shards: 1,
  lexical: false,
  spaces: [{ name: "text", dimension: 16, metric: "cosine" }],
  fields: [{ name: "rare", type: "boolean" }],
};
const MINUTE_MS = 60_000;
const signal = AbortSignal.timeout(60_000);
let root = "";

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "nearfield-lancedb-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test("maintain builds an index from the set size on; rows of later writes, and of a rare filter, are found through it", async () => {
  const store = await openLanceDbStore({ root, indexRowsMin: 600 });
  await store.prepare(LAYOUT, signal);
  const documents = randomDocuments(0, 600);
  await store.apply(LAYOUT, 0, documents.slice(0, 599), signal);
  await store.maintain(LAYOUT, 0, signal);
  expect(await indexedColumns()).toEqual([]);
  await store.apply(LAYOUT, 0, documents.slice(599), signal);
  await store.maintain(LAYOUT, 0, signal);
  expect(await indexedColumns()).toEqual(["id", "v_text"]);
  const later = randomDocuments(600, 20);
  const version = await store.apply(LAYOUT, 0, later, signal);
  const view = await store.openView(LAYOUT, checkpointAt(1, [version]), signal);
  const found = async (wanted: DocumentState, rare: boolean) => {
    const vector = required(wanted.rows[0]?.vectors["text"], "each has one");
    const filter = rare ? ({ op: "eq", field: "rare", value: true } as const) : null;
    const query = { shard: 0, space: "text", vector, k: 3, filter };
    return (await view.search(query, signal)).candidates;
  };
  for (const document of [...documents.slice(0, 5), ...later.slice(0, 5)]) {
    expect((await found(document, false))[0]?.id).toBe(document.id);
  }
  // Two of 620 pass.
  expect(
    (await found(required(later[3], "20 were made"), true)).map(({ id }) => id).sort(),
  ).toEqual(["d0", "d600"]);
  await store.close();
});

test("a space's plan decides over its graph: by how many vectors, with which edges, and whether at all", () => {
  const asked = { kind: "hnsw", m: 16, fromVectors: 1_000 } as const;
  const planned = planIndex({ index: asked }, 16);
  expect(graphFor(planned, 999, 600)).toBeNull();
  expect(graphFor(planned, 1_000, 9_000)).toMatchObject({ m: 16, efConstruction: 300 });
  const bounded = planIndex({ budget: { recallMin: 0.9, memoryBytesMax: 2_000_000 } }, 16);
  expect(bounded).toMatchObject({ kind: "hnsw", upToVectors: 9_200 });
  expect(graphFor(bounded, 9_200, 600)).not.toBeNull();
  expect(graphFor(bounded, 9_201, 600)).toBeNull();
  expect(graphFor(planIndex({ index: "exact" }, 16), 1_000_000, 600)).toBeNull();
  expect(graphFor(planIndex({}, 16), 600, 600)).not.toBeNull();
});

test("a planned graph is built, walked and explained; one that has outgrown its memory is given up", async () => {
  const plan = planIndex({ index: { kind: "hnsw", fromVectors: 1_000, ef: 400 } }, 16);
  assert(plan.kind === "hnsw", "a graph is asked for");
  const [space] = LAYOUT.spaces;
  const spaces = [
    { ...required(space, "one"), index: { ...plan, upToVectors: 1_050 } },
    { name: "exact", dimension: 16, metric: "cosine", index: planIndex({ index: "exact" }, 16) },
  ] as const;
  const layout = { ...LAYOUT, key: "nf_planned_v1", spaces };
  const store = await openLanceDbStore({ root, indexRowsMin: 600 });
  await store.prepare(layout, signal);
  const both = randomDocuments(0, 1_060).map(({ rows, ...document }) => ({
    ...document,
    rows: rows.map((row) => ({ ...row, vectors: { ...row.vectors, exact: vectorOf(row) } })),
  }));
  const methodOf = async (name: string, count: number, from: number) => {
    await store.apply(layout, 0, both.slice(from, count), signal);
    const version = await store.maintain(layout, 0, signal);
    const view = await store.openView(layout, checkpointAt(count, [version]), signal);
    const query = { shard: 0, space: name, vector: vectorOf(both[0]?.rows[0]), k: 3, filter: null };
    const { candidates, method } = await view.search(query, signal);
    expect(candidates[0]?.id).toBe("d0");
    return method;
  };
  expect(await methodOf("text", 1_000, 0)).toMatchObject({ kind: "graph" });
  expect(await methodOf("exact", 1_001, 1_000)).toMatchObject({
    kind: "scan",
    because: "the space is searched exactly: an exact search is asked for",
  });
  expect(await methodOf("text", 1_060, 1_001)).toMatchObject({
    kind: "scan",
    because: expect.stringContaining("too many for its memory"),
  });
  await store.close();
});

test("a view of a version that was served a moment ago survives maintenance, however old it is; an old one does not", async () => {
  let wallMs = Date.now();
  const store = await openLanceDbStore({ root, wallMs: () => wallMs });
  await store.prepare(LAYOUT, signal);
  const versions: number[] = [];
  for (let position = 1; position <= 3; position++) {
    await setTimeout(600); // LanceDB stamps versions by its own clock; clean-up leaves a second's margin.
    versions.push(
      required(
        await store.apply(
          LAYOUT,
          0,
          [{ ...required(randomDocuments(0, 1)[0], "one"), position }],
          signal,
        ),
        "known",
      ),
    );
  }
  const [first, , third] = versions.map((version) => checkpointAt(1, [version]));
  const served = required(third, "three were written");
  expect(await store.writeCheckpoint(LAYOUT, null, served, signal)).toBe(true);
  wallMs += 60 * MINUTE_MS; // A quiet hour.
  await store.maintain(LAYOUT, 0, signal);
  await store.apply(LAYOUT, 0, randomDocuments(5, 1), signal);
  await store.maintain(LAYOUT, 0, signal);
  const another = await openLanceDbStore({ root });
  expect(await (await another.openView(LAYOUT, served, signal)).count(0, null, signal)).toBe(1);
  await expect(
    another.openView(LAYOUT, required(first, "three were written"), signal),
  ).rejects.toThrow();
  await Promise.all([store.close(), another.close()]);
});

test("tombstones go after a day, and not before", async () => {
  let wallMs = Date.now();
  const store = await openLanceDbStore({ root, wallMs: () => wallMs });
  await store.prepare(LAYOUT, signal);
  await store.apply(LAYOUT, 0, randomDocuments(0, 2), signal);
  await store.apply(LAYOUT, 0, [{ id: "d0", position: 2, rows: [] }], signal);
  await store.maintain(LAYOUT, 0, signal);
  expect(await (await table()).countRows()).toBe(2);
  wallMs += 25 * 60 * MINUTE_MS;
  await store.maintain(LAYOUT, 0, signal);
  expect(await (await table()).countRows()).toBe(1);
  await store.close();
});

test("passages that a late writer of another process adds to a newer document are taken away", async () => {
  const store = await openLanceDbStore({ root });
  await store.prepare(LAYOUT, signal);
  const vector = required(randomDocuments(0, 1)[0]?.rows[0]?.vectors["text"], "one");
  const rows = [0, 1, 2].map((passage) => ({
    passage,
    body: "{}",
    fields: {},
    vectors: { text: vector },
  }));
  // Both read the empty table, then both write: the second commit is not the next after what its writer read.
  const mine = await table();
  const theirs = await table();
  const mark = new BuildMark(path.join(root, LAYOUT.key), 0);
  const beside = { onCommit: () => undefined, mark };
  await Promise.all([
    applyDocuments(mine, LAYOUT, [{ id: "a", position: 5, rows }], 0, signal, beside),
    applyDocuments(
      theirs,
      LAYOUT,
      [{ id: "a", position: 8, rows: rows.slice(0, 1) }],
      0,
      signal,
      beside,
    ),
  ]);
  const version = await store.apply(LAYOUT, 0, [], signal);
  const view = await store.openView(LAYOUT, checkpointAt(1, [version]), signal);
  const found = await view.documents(0, ["a"], { vectors: false }, signal);
  expect(found.map(({ passage, position }) => [passage, position])).toEqual([[0, 8]]);
  await store.close();
});

test("130 small writes do not leave 130 fragments", async () => {
  const store = await openLanceDbStore({ root });
  await store.prepare(LAYOUT, signal);
  for (let i = 0; i < 130; i++) await store.apply(LAYOUT, 0, randomDocuments(i, 1), signal);
  expect((await (await table()).stats()).fragmentStats.numFragments).toBeLessThan(64);
  await store.close();
});

test("versions that may be deleted: older than ten minutes, and neither current then nor served now", () => {
  const at = (minutesAgo: number) => new Date(1_000_000_000 - minutesAgo * MINUTE_MS);
  const versions = [50, 40, 30, 5].map((minutesAgo, i) => ({
    version: i + 1,
    timestamp: at(minutesAgo),
  }));
  const kept = (served: number | null) => {
    const before = cleanupBefore(versions, served, at(0).getTime());
    return versions.filter(({ timestamp }) => timestamp >= before).map(({ version }) => version);
  };
  expect(kept(4)).toEqual([3, 4]);
  expect(kept(null)).toEqual([3, 4]);
  expect(kept(2)).toEqual([2, 3, 4]);
  expect(cleanupBefore([], null, at(0).getTime()) <= at(10)).toBe(true);
});

test("a writer that slept while its number was taken, used and pruned does not win", async () => {
  const checkpoints = new LanceDbCheckpoints(root, Date.now);
  let newest: Checkpoint | null = null;
  for (let position = 1; position <= 20; position++) {
    const next = checkpointAt(position, [position]);
    expect(await checkpoints.write(newest, next)).toBe(true);
    newest = next;
  }
  const names = (await readdir(root)).sort();
  expect(names).toEqual(
    Array.from({ length: 8 }, (_, i) => `${String(13 + i).padStart(12, "0")}.json`),
  );
  expect(await checkpoints.write(checkpointAt(5, [5]), checkpointAt(6, [99]))).toBe(false);
  expect(await checkpoints.read()).toEqual(newest);
});

function randomDocuments(from: number, count: number): DocumentState[] {
  const random = seededRandom(from + 1);
  return Array.from({ length: count }, (_, i) => {
    const vector = required(
      toUnitVector(Float32Array.from({ length: 16 }, () => random() - 0.5)),
      "of some length",
    );
    return {
      id: `d${from + i}`,
      position: 1,
      rows: [{ passage: 0, body: "{}", fields: { rare: i === 0 }, vectors: { text: vector } }],
    };
  });
}

function checkpointAt(position: number, versions: readonly (number | null)[]): Checkpoint {
  return {
    incarnation: "test",
    point: { term: 1, position, chain: "0".repeat(40) },
    fence: 1,
    confirmed: null,
    versions: [...versions],
  };
}

async function table() {
  return (await connect(path.join(root, LAYOUT.key, "tables"))).openTable("shard_0");
}

async function indexedColumns(): Promise<string[]> {
  return (await (await table()).listIndices()).flatMap(({ columns }) => columns).sort();
}

test("a checkpoint that was cut short is passed over for the one before, and the next one is written behind it", async () => {
  const checkpoints = new LanceDbCheckpoints(root, Date.now);
  const [first, second] = [checkpointAt(1, [1]), checkpointAt(2, [2])];
  await checkpoints.write(null, first);
  await checkpoints.write(first, second);
  const [, newest = ""] = (await readdir(root)).toSorted();
  await writeFile(path.join(root, newest), '{"incarnation":');
  expect(await checkpoints.read()).toEqual(first);
  const third = checkpointAt(3, [3]);
  expect(await checkpoints.write(first, third)).toBe(true);
  expect(await checkpoints.read()).toEqual(third);
});

test("two shards of one process both get their index", async () => {
  const layout: StoreLayout = { ...LAYOUT, key: "nf_two_v1", shards: 2 };
  const store = await openLanceDbStore({ root, indexRowsMin: 300 });
  await store.prepare(layout, signal);
  for (const shard of [0, 1]) {
    await store.apply(layout, shard, randomDocuments(0, 320), signal);
    await store.maintain(layout, shard, signal);
  }
  await store.close();
});

function vectorOf(row: DocumentState["rows"][number] | undefined): Float32Array {
  return required(row?.vectors["text"], "each has one");
}
