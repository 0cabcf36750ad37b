import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect } from "@lancedb/lancedb";
import { afterEach, beforeEach, expect, test } from "vitest";
import { seededRandom, type Random } from "../../shared/std/random.ts";
import { toUnitVector } from "../../shared/domain/vector.ts";
import { required } from "../../shared/std/assert.ts";
import type { DocumentState, StoreLayout, VectorStore } from "../ports/store.ts";
import { BuildMark } from "./lancedb-build-mark.ts";
import { openLanceDbStore } from "./lancedb-store.ts";

const LAYOUT: StoreLayout = {
  key: "nf_beside_v1",
  shards: 1,
  lexical: false,
  spaces: [{ name: "text", dimension: 16, metric: "cosine" }],
  fields: [],
};
const signal = AbortSignal.timeout(120_000);
const COMMITS_PER_COMPACTION = 64;
let root = "";

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "nearfield-lancedb-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test("an index is built beside another process that writes: it is kept, nothing written is lost, and reads are answered meanwhile", async () => {
  // Two stores of one folder have nothing in common, as two processes have not.
  const [writer, builder] = await Promise.all(
    [1, 2].map(() => openLanceDbStore({ root, indexRowsMin: 600 })),
  );
  if (writer === undefined || builder === undefined) throw new Error("two were opened");
  await writer.prepare(LAYOUT, signal);
  const random = seededRandom(3);
  const first = Array.from({ length: 4_000 }, (_, i) => documentOf(`d${i}`, 1, random));
  let version = await writer.apply(LAYOUT, 0, first, signal);
  let written = 0;
  const write = async () => {
    const documents = [
      documentOf(`d${written % 50}`, 2 + written, random),
      documentOf(`n${written}`, 1, random),
    ];
    written += 1;
    version = await writer.apply(LAYOUT, 0, documents, signal);
  };
  let built = false;
  const building = builder.maintain(LAYOUT, 0, signal).finally(() => (built = true));
  while (!built || written < 10) {
    await write();
    await found(writer, version, random);
  }
  const indexed = required(await building, "known");
  await write();
  for (const store of [writer, builder]) {
    const view = await viewAt(store, version);
    expect(await view.count(0, null, signal)).toBe(4_000 + written);
    const ids = Array.from({ length: written }, (_, i) => `n${i}`);
    expect(await view.documents(0, ids, { vectors: false }, signal)).toHaveLength(written);
  }
  expect((await found(writer, version, random)).method.kind).toBe("graph");
  expect((await found(writer, indexed, random)).method.kind).toBe("graph");
  await Promise.all([writer.close(), builder.close()]);
});

test("while an index is being built nobody compacts, which would throw it away; afterwards the table is compacted", async () => {
  const store = await openLanceDbStore({ root });
  await store.prepare(LAYOUT, signal);
  const random = seededRandom(5);
  const write = async (count: number) => {
    for (let i = 0; i < count; i++)
      await store.apply(LAYOUT, 0, [documentOf(crypto.randomUUID(), 1, random)], signal);
  };
  const fragments = async () => {
    const connection = await connect(path.join(root, LAYOUT.key, "tables"));
    const table = await connection.openTable("shard_0");
    return (await table.stats()).fragmentStats.numFragments;
  };
  await new BuildMark(path.join(root, LAYOUT.key), 0).during(() =>
    write(COMMITS_PER_COMPACTION + 2),
  );
  expect(await fragments()).toBe(COMMITS_PER_COMPACTION + 2);
  await write(COMMITS_PER_COMPACTION);
  expect(await fragments()).toBeLessThan(COMMITS_PER_COMPACTION);
  await store.close();
});

test("what a process wrote after its first search is found as by one that reads it anew", async () => {
  const writer = await openLanceDbStore({ root });
  await writer.prepare(LAYOUT, signal);
  const random = seededRandom(4);
  let version: number | null = null;
  for (let round = 1; round <= 150; round++) {
    // New documents, other passages of old ones, deleted ones; now and then more than are kept as changes.
    const count = round % 40 === 0 ? 100 : 1 + Math.floor(random() * 4);
    const ids = new Set(Array.from({ length: count }, () => `d${Math.floor(random() * 150)}`));
    const documents = [...ids].map((id): DocumentState => {
      const passages = Math.floor(random() * 4);
      const rows = Array.from({ length: passages }, (_, passage) => rowOf(passage, random));
      return { id, position: round, rows };
    });
    version = await writer.apply(LAYOUT, 0, documents, signal);
    if (round % 10 !== 0) {
      await found(writer, version, random);
      continue;
    }
    const reader = await openLanceDbStore({ root });
    const seed = Math.floor(random() * 1e6);
    const [kept, anew] = [
      await found(writer, version, seededRandom(seed)),
      await found(reader, version, seededRandom(seed)),
    ];
    expect(kept).toEqual(anew);
    expect(kept.candidates.every(({ body }) => body !== undefined)).toBe(true);
    await reader.close();
  }
  await writer.close();
});

function documentOf(id: string, position: number, random: Random): DocumentState {
  return { id, position, rows: [rowOf(0, random)] };
}

function rowOf(passage: number, random: Random) {
  return {
    passage,
    body: JSON.stringify({ at: random() }),
    fields: {},
    vectors: { text: vectorOf(random) },
  };
}

function vectorOf(random: Random): Float32Array {
  const vector = Float32Array.from({ length: 16 }, () => random() - 0.5);
  return required(toUnitVector(vector), "of some length");
}

async function found(store: VectorStore, version: number | null, random: Random) {
  const view = await viewAt(store, version);
  const query = { shard: 0, space: "text", vector: vectorOf(random), k: 20, filter: null };
  return view.search({ ...query, bodies: true }, signal);
}

function viewAt(store: VectorStore, version: number | null) {
  const checkpoint = {
    incarnation: "test",
    point: { term: 1, position: 1, chain: "0".repeat(40) },
    fence: 1,
    confirmed: null,
    versions: [version],
  };
  return store.openView(LAYOUT, checkpoint, signal);
}
