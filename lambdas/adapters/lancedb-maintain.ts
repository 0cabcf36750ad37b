import { Index, type Table } from "@lancedb/lancedb";
import type { GraphPlan, IndexPlan } from "../../shared/domain/index-plan.ts";
import type { StoreLayout } from "../ports/store.ts";
import { unlessPreempted, type BuildMark } from "./lancedb-build-mark.ts";
import { sqlLiteral } from "./lancedb-filter.ts";
import { COLUMNS, vectorColumn } from "./lancedb-schema.ts";
import { TOMBSTONE_MS } from "./rows-to-write.ts";

/** A reader may hold a version for this long after it was replaced. */
const VERSION_MS = 10 * 60_000;
/** LanceDB turns the moment into an age, and the age into a moment again, by clocks of its own. */
const CLEANUP_MARGIN_MS = 1_000;

/** Where a collection leaves it to the store: recall 0.997, filtered 1.0 of 100,000 rows at these settings. */
const EDGES = { m: 20, efConstruction: 300 } as const;

/** Made anew each time: LanceDB takes an Index once. */
function vectorIndex({ m, efConstruction }: Pick<GraphPlan, "m" | "efConstruction">): Index {
  return Index.hnswSq({ distanceType: "cosine", numPartitions: 1, m, efConstruction });
}

/** The graph that a space of a shard with so many vectors is to have; null where it is scanned. */
export function graphFor(
  plan: IndexPlan | undefined,
  vectors: number,
  indexRowsMin: number,
): Pick<GraphPlan, "m" | "efConstruction"> | null {
  if (plan === undefined || plan.kind === "auto") return vectors < indexRowsMin ? null : EDGES;
  if (plan.kind === "exact" || vectors < plan.fromVectors) return null;
  return vectors > (plan.upToVectors ?? Infinity) ? null : plan;
}

export interface TableVersion {
  readonly version: number;
  readonly timestamp: Date;
}

/**
 * Purges old tombstones, compacts, brings indexes up to date and builds those that have become worth it; then deletes versions
 * that nobody can hold any more.
 *
 * @param indexRowsMin vectors in a space from which an index beats the scan, where the collection leaves that to the store
 * @param servedVersion the version that the newest checkpoint names; null if none does
 * @returns the table's version then
 */
export async function maintainTable(
  table: Table,
  layout: StoreLayout,
  indexRowsMin: number,
  servedVersion: number | null,
  mark: BuildMark,
  nowMs: number,
  signal: AbortSignal,
): Promise<number> {
  await table.checkoutLatest();
  const dead = `${COLUMNS.diedMs} < ${sqlLiteral(nowMs - TOMBSTONE_MS)}`;
  if ((await table.countRows(dead)) > 0) await table.delete(dead);
  signal.throwIfAborted();
  const versions = await table.listVersions();
  await unlessPreempted(() =>
    table.optimize({ cleanupOlderThan: cleanupBefore(versions, servedVersion, nowMs) }),
  );
  await table.checkoutLatest();
  const indices = await table.listIndices();
  const indexed = new Set(indices.flatMap(({ columns }) => columns));
  for (const { name, index: plan } of layout.spaces) {
    signal.throwIfAborted();
    const column = vectorColumn(name);
    const vectors = await table.countRows(`\`${column}\` IS NOT NULL`);
    const graph = graphFor(plan, vectors, indexRowsMin);
    const held = indices.find(({ columns }) => columns.includes(column));
    if (graph !== null && held === undefined)
      await mark.during(() => table.createIndex(column, { config: vectorIndex(graph) }));
    // It has grown out of its memory. A shard that only shrank keeps what it has.
    const outgrown = plan?.kind === "hnsw" && vectors > (plan.upToVectors ?? Infinity);
    if (held !== undefined && outgrown) await table.dropIndex(held.name);
  }
  // Reads by id come with every search: from this size on they are worth an index too.
  if (!indexed.has(COLUMNS.id) && (await table.countRows()) >= indexRowsMin) {
    await mark.during(() => table.createIndex(COLUMNS.id, { config: Index.btree() }));
  }
  return table.version();
}

/**
 * Versions older than this may go. What a reader opened lately can be much older itself: on a quiet table the version
 * served until a moment ago was made hours ago. So the newest of the old ones stays, and what the checkpoint names.
 */
export function cleanupBefore(
  versions: readonly TableVersion[],
  servedVersion: number | null,
  nowMs: number,
): Date {
  const horizonMs = nowMs - VERSION_MS;
  const times = versions.map(({ timestamp }) => timestamp.getTime());
  const current = Math.max(...times.filter((timeMs) => timeMs <= horizonMs), -Infinity);
  const served =
    versions.find(({ version }) => version === servedVersion)?.timestamp.getTime() ?? horizonMs;
  const keptFrom = Math.min(horizonMs, Number.isFinite(current) ? current : horizonMs, served);
  return new Date(keptFrom - CLEANUP_MARGIN_MS);
}
