import { connect } from "@lancedb/lancedb";
import { fork } from "node:child_process";
import { once } from "node:events";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { tableSchema, toArrowTable } from "../../lambdas/adapters/lancedb-schema.ts";
import type { StoreLayout, StoreView, VectorStore } from "../../lambdas/ports/store.ts";
import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import { originPoint } from "../../shared/domain/point.ts";
import { required } from "../../shared/std/assert.ts";
import { percentile } from "../../shared/std/percentile.ts";
import { countOf, SPACE, states, type AnnData, type Selection } from "./ann-data.ts";
import type { Build } from "./ann-build.ts";
import type { Figure } from "./benchmark.ts";

/** Ids of the nearest of a selection. */
export type Ask = (query: Float32Array, selection: Selection) => Promise<readonly string[]>;

/** A loaded shard, and the version of it that readers see. */
export interface Loaded {
  readonly layout: StoreLayout;
  readonly tookMs: number;
  version: number | null;
  /** What is worth telling of the load. */
  readonly notes: readonly string[];
}

const APPLIED_AT_ONCE = 1_000;
const ADDED_AT_ONCE = 10_000;
const READ_MS_MAX = 600_000;
/** A region's reads have a deadline: what takes longer is no answer. */
const BESIDE_MS_MAX = 5_000;
/** As lambdas/adapters/lancedb-view.ts walks the index. */
const EF = 150;
const REFINE_FACTOR = 2;
const INCARNATION = "benchbench00";

/** All documents through the port, as the applier applies a log. */
export async function loadOurs(store: VectorStore, data: AnnData): Promise<Loaded> {
  const layout = layoutFor(data);
  const startMs = performance.now();
  await store.prepare(layout, signal());
  let version: number | null = null;
  const batchMs: number[] = [];
  for (let start = 0; start < countOf(data); start += APPLIED_AT_ONCE) {
    const batch = states(data, start, Math.min(countOf(data), start + APPLIED_AT_ONCE));
    const batchStartMs = performance.now();
    version = await store.apply(layout, 0, batch, signal());
    batchMs.push(performance.now() - batchStartMs);
  }
  const tenth = Math.max(1, Math.floor(batchMs.length / 10));
  const [first, last] = [batchMs.slice(0, tenth), batchMs.slice(-tenth)].map((some) =>
    percentile(some, 50).toFixed(0),
  );
  const notes = [
    `A batch of ${APPLIED_AT_ONCE} documents took ${first} ms among the first tenth of the load, ${last} ms among the last.`,
  ];
  return { layout, tookMs: performance.now() - startMs, version, notes };
}

/** The same rows added to a table of the same schema, as fast as LanceDB takes them: no key is looked up. @returns ms */
export async function loadRaw(folder: string, data: AnnData): Promise<number> {
  const layout = layoutFor(data);
  const connection = await connect(folder);
  const startMs = performance.now();
  const table = await connection.createEmptyTable("raw", tableSchema(layout));
  for (let start = 0; start < countOf(data); start += ADDED_AT_ONCE) {
    const batch = states(data, start, Math.min(countOf(data), start + ADDED_AT_ONCE));
    const rows = batch.flatMap(({ id, position, rows: passages }) =>
      passages.map((content) => ({
        id,
        position,
        passage: content.passage,
        diedMs: null,
        content,
      })),
    );
    await table.add(toArrowTable(layout, rows));
  }
  const tookMs = performance.now() - startMs;
  connection.close();
  return tookMs;
}

/** Builds the index, in a process of its own, while searches of the version before go on at a fixed rate. */
export async function buildBesideReads(
  root: string,
  store: VectorStore,
  loaded: Loaded,
  data: AnnData,
  k: number,
  truth: readonly ReadonlySet<string>[],
  readsPerS: number,
): Promise<{ readonly tookMs: number; readonly figures: readonly Figure[] }> {
  const view = await viewOf(store, loaded);
  const startMs = performance.now();
  let building = true;
  const built = maintainApart({ root, layout: loaded.layout }).finally(() => (building = false));
  const times: number[] = [];
  const underWay: Promise<void>[] = [];
  let [found, wanted, late] = [0, 0, 0];
  for (let i = 0; building; i++) {
    const at = i % data.queries.length;
    const query = required(data.queries[at], "there are queries");
    const dueMs = performance.now();
    const asked = { shard: 0, space: SPACE, vector: query, k, filter: null, bodies: true };
    const read = view
      .search(asked, AbortSignal.timeout(BESIDE_MS_MAX))
      .then(({ candidates }) => {
        found += candidates.filter(({ id }) => truth[at]?.has(id) === true).length;
        wanted += k;
      })
      .catch(() => void (late += 1))
      .finally(() => times.push(performance.now() - dueMs));
    underWay.push(read);
    await Promise.race([delay(1_000 / readsPerS), built]);
  }
  loaded.version = await built;
  const tookMs = performance.now() - startMs;
  await Promise.all(underWay);
  const figures: Figure[] = [
    { what: "reads while the index is built", value: times.length, unit: "" },
    {
      what: `of them not answered in ${BESIDE_MS_MAX} ms`,
      value: late,
      unit: "",
      goal: { atMost: 0 },
    },
    { what: "their p50", value: percentile(times, 50), unit: "ms" },
    { what: "their p95", value: percentile(times, 95), unit: "ms" },
    {
      what: "their recall@10",
      value: wanted === 0 ? 0 : found / wanted,
      unit: "",
      goal: { atLeast: 0.99 },
    },
  ];
  return { tookMs, figures };
}

/** @returns the version that the process made */
async function maintainApart(build: Build): Promise<number | null> {
  const child = fork(fileURLToPath(new URL("./ann-build.ts", import.meta.url)));
  const exited = once(child, "exit");
  let version: number | null = null;
  child.once("message", (said: { readonly version: number }) => (version = said.version));
  child.send(build);
  await exited;
  if (version === null) throw new Error("the index was not built");
  return version;
}

/** The port's side, at the loaded version: through the index, and without any. */
export async function openOurs(
  store: VectorStore,
  loaded: Loaded,
  k: number,
): Promise<{ readonly ask: Ask; readonly exact: Ask }> {
  const view = await viewOf(store, loaded);
  const asking =
    (exact: boolean): Ask =>
    async (vector, { filter }) => {
      const query = { shard: 0, space: SPACE, vector, k, filter, bodies: true, exact };
      return (await view.search(query, signal())).candidates.map(({ id, body }) => {
        JSON.parse(body ?? "null"); // As it is read by whoever shows it.
        return id;
      });
    };
  return { ask: asking(false), exact: asking(true) };
}

/** The same table at the same version, by LanceDB's own calls. */
export async function openRaw(root: string, { layout, version }: Loaded, k: number): Promise<Ask> {
  const connection = await connect(path.join(root, layout.key, "tables"));
  const table = await connection.openTable("shard_0", [], version === null ? {} : { version });
  return async (vector, { sql }) => {
    let query = table
      .query()
      .nearestTo(vector)
      .column(`v_${SPACE}`)
      .distanceType("cosine")
      .ef(EF)
      .refineFactor(REFINE_FACTOR)
      .limit(k)
      .select(["id", "passage", "position", "body", "_distance"]);
    if (sql !== null) query = query.where(sql);
    const rows: { readonly id: string; readonly body: string }[] = await query.toArray();
    return rows.map(({ id, body }) => {
      JSON.parse(body);
      return id;
    });
  };
}

/** Of the shard's table with its index and old versions. */
export async function folderBytes(root: string, { layout }: Loaded): Promise<number> {
  const folder = path.join(root, layout.key);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => (await stat(path.join(parentPath, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function viewOf(store: VectorStore, { layout, version }: Loaded): Promise<StoreView> {
  const checkpoint: Checkpoint = {
    incarnation: INCARNATION,
    point: originPoint(INCARNATION, 1),
    fence: 1,
    confirmed: null,
    versions: [version],
  };
  return store.openView(layout, checkpoint, signal());
}

function layoutFor({ dimension }: AnnData): StoreLayout {
  return {
    key: `nf_${INCARNATION}_v1`,
    shards: 1,
    lexical: false,
    spaces: [{ name: SPACE, dimension, metric: "cosine" }],
    fields: [
      { name: "n", type: "number" },
      { name: "part", type: "number" },
    ],
  };
}

function signal(): AbortSignal {
  return AbortSignal.timeout(READ_MS_MAX);
}
