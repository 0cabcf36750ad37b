import { rename, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import { connect, Session, type Connection, type Table } from "@lancedb/lancedb";
import { LRUCache } from "lru-cache";
import { requireUndamaged, type Checkpoint } from "../../shared/contracts/checkpoint.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { abortable } from "../../shared/std/abortable.ts";
import { assert } from "../../shared/std/assert.ts";
import type { DocumentState, StoreLayout, StoreView, VectorStore } from "../ports/store.ts";
import type { StoreRoom } from "../ports/store-room.ts";
import { DISK_FULL, orStorageFull } from "./disk-full.ts";
import { applyDocuments, type Beside } from "./lancedb-apply.ts";
import { VectorBlocks } from "./lancedb-blocks.ts";
import { BuildMark } from "./lancedb-build-mark.ts";
import { LanceDbCheckpoints } from "./lancedb-checkpoints.ts";
import { maintainTable } from "./lancedb-maintain.ts";
import { tableSchema, vectorColumn } from "./lancedb-schema.ts";
import { LanceDbView, type PinnedShard } from "./lancedb-view.ts";
import { ReadGate } from "./read-gate.ts";
import { RowBodies } from "./row-bodies.ts";
import { WriteQueues } from "./write-queues.ts";

export interface LanceDbStoreOptions {
  /** Absolute path of a folder. */
  readonly root: string;
  /** Vectors in a space of a shard from which `maintain` builds an index: below it a scan is as fast, and exact. */
  readonly indexRowsMin?: number;
  /** Where there is none left, nothing is begun that writes rows. Left out: until the disk itself refuses. */
  readonly room?: StoreRoom;
  /** Wall clock: for the age of tombstones and versions. */
  readonly wallMs?: () => number;
}

const INDEX_ROWS_MIN = 8_000;
/** LanceDB's own default of 6 GB does not fit a function. */
const INDEX_CACHE_BYTES = 256n * 1024n * 1024n;
const METADATA_CACHE_BYTES = 64n * 1024n * 1024n;
const COLLECTIONS_OPEN_MAX = 256;
const SHARDS_OPEN_MAX = 256;
/** LanceDB spreads one read over all cores: more at once only hold more memory, several MB each, and end later. */
const READS_AT_ONCE_MAX = 2 * availableParallelism() + 2;
const KEY = /^[a-z0-9_]{1,64}$/;

/** LanceDB in a folder: `<root>/<key>/tables/shard_<n>.lance` and `<root>/<key>/checkpoints/`. */
export async function openLanceDbStore(options: LanceDbStoreOptions): Promise<VectorStore> {
  assert(path.isAbsolute(options.root), "LanceDB takes a relative path for a name in its cloud");
  return new LanceDbStore(options);
}

class LanceDbStore implements VectorStore {
  readonly traits = {
    name: "lancedb",
    snapshotReads: true,
    durable: true,
    lexical: true,
    substrings: true,
  };
  readonly #root: string;
  readonly #indexRowsMin: number;
  readonly #wallMs: () => number;
  readonly #room: StoreRoom | null;
  readonly #session = new Session(INDEX_CACHE_BYTES, METADATA_CACHE_BYTES);
  readonly #connections = new LRUCache<string, Promise<Connection>>({ max: COLLECTIONS_OPEN_MAX });
  /** Tables at a version: a shard that did not change between two checkpoints is opened once. */
  readonly #pinned = new LRUCache<string, Promise<PinnedShard>>({ max: SHARDS_OPEN_MAX });
  readonly #writers = new LRUCache<string, Promise<Table>>({ max: SHARDS_OPEN_MAX });
  readonly #blocks = new VectorBlocks();
  readonly #bodies = new RowBodies();
  readonly #checkpointsOf = new LRUCache<string, LanceDbCheckpoints>({ max: COLLECTIONS_OPEN_MAX });
  readonly #gate = new ReadGate(READS_AT_ONCE_MAX);
  /** By table: parallel commits conflict, and Lance does the losers' work again. */
  readonly #queues = new WriteQueues();

  constructor(options: LanceDbStoreOptions) {
    const { root, indexRowsMin = INDEX_ROWS_MIN, wallMs = Date.now, room = null } = options;
    this.#room = room;
    this.#root = root;
    this.#indexRowsMin = indexRowsMin;
    this.#wallMs = wallMs;
  }

  async prepare(layout: StoreLayout, signal: AbortSignal): Promise<void> {
    const connection = await this.#connection(layout);
    const schema = tableSchema(layout);
    const asked = { mode: "create", existOk: true } as const;
    for (let shard = 0; shard < layout.shards; shard++) {
      const create = () => connection.createEmptyTable(tableName(shard), schema, asked);
      await abortable(orStorageFull(create), signal);
    }
  }

  async apply(
    layout: StoreLayout,
    shard: number,
    documents: readonly DocumentState[],
    signal: AbortSignal,
  ): Promise<number> {
    if (documents.length > 0) await this.#requireRoom();
    const spaces = layout.spaces.map(({ name }) => name);
    const onCommit: Beside["onCommit"] = (from, to, rows) =>
      this.#blocks.follow(
        shardName(layout, shard, from),
        shardName(layout, shard, to),
        spaces,
        rows,
      );
    return this.#write(layout, shard, signal, (table) =>
      applyDocuments(table, layout, documents, this.#wallMs(), signal, {
        onCommit,
        mark: this.#mark(layout, shard),
      }),
    );
  }

  async maintain(layout: StoreLayout, shard: number, signal: AbortSignal): Promise<number> {
    await this.#requireRoom();
    return this.#write(layout, shard, signal, async (table) => {
      const served = (await this.#checkpoints(layout).read())?.versions[shard] ?? null;
      const mark = this.#mark(layout, shard);
      return maintainTable(table, layout, this.#indexRowsMin, served, mark, this.#wallMs(), signal);
    });
  }

  async openView(
    layout: StoreLayout,
    checkpoint: Checkpoint,
    signal: AbortSignal,
  ): Promise<StoreView> {
    requireUndamaged(checkpoint);
    assert(
      checkpoint.versions.length === layout.shards,
      "a checkpoint names a version of each shard",
    );
    const opened = checkpoint.versions.map((version, shard) => {
      assert(version !== null, "LanceDB's versions are always known");
      const name = shardName(layout, shard, version);
      return fetched(this.#pinned, name, () => this.#pin(layout, shard, version, name));
    });
    return new LanceDbView(
      layout,
      await abortable(Promise.all(opened), signal),
      this.#gate,
      this.#blocks,
      this.#bodies,
    );
  }

  async readCheckpoint(layout: StoreLayout, signal: AbortSignal): Promise<Checkpoint | null> {
    return abortable(this.#checkpoints(layout).read(), signal);
  }

  async writeCheckpoint(
    layout: StoreLayout,
    previous: Checkpoint | null,
    next: Checkpoint,
    signal: AbortSignal,
  ): Promise<boolean> {
    const written = orStorageFull(() => this.#checkpoints(layout).write(previous, next));
    return abortable(written, signal);
  }

  async retire(layout: StoreLayout, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#remove(layout, this.#tables(layout));
  }

  async drop(layout: StoreLayout, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#remove(layout, this.#folder(layout));
  }

  /** Removes a folder of the layout, and forgets what is open there. */
  async #remove(layout: StoreLayout, folder: string): Promise<void> {
    for (const cache of [this.#pinned, this.#writers]) {
      const names = [...cache.keys()].filter((name) => name.startsWith(`${layout.key}/`));
      for (const name of names) cache.delete(name);
    }
    this.#blocks.clear();
    this.#bodies.clear();
    this.#checkpointsOf.delete(layout.key);
    this.#connections.delete(layout.key);
    // Out of the way in one step, so that a reader sees all of it or nothing; then at leisure.
    const dropped = path.join(this.#root, `dropped-${crypto.randomUUID()}`);
    try {
      await rename(folder, dropped);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
      throw error;
    }
    await rm(dropped, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    for (const connection of this.#connections.values()) (await connection).close();
    this.#connections.clear();
    this.#pinned.clear();
    this.#writers.clear();
    this.#blocks.clear();
    this.#bodies.clear();
  }

  /** In the table's queue. */
  async #write<T>(
    layout: StoreLayout,
    shard: number,
    signal: AbortSignal,
    work: (table: Table) => Promise<T>,
  ): Promise<T> {
    const name = `${layout.key}/${shard}`;
    const written = async () =>
      work(await fetched(this.#writers, name, () => this.#open(layout, shard)));
    return this.#queues.run(name, () => orStorageFull(written), signal);
  }

  /** A disk that is filled to its last byte has no room for checkpoints either. @throws Problem `storage-full` */
  async #requireRoom(): Promise<void> {
    if ((await this.#room?.standing()) === "full") throw new Problem("storage-full", DISK_FULL);
  }

  async #pin(
    layout: StoreLayout,
    shard: number,
    version: number,
    name: string,
  ): Promise<PinnedShard> {
    const table = await this.#open(layout, shard, version);
    const columns = new Set((await table.listIndices()).flatMap((index) => index.columns));
    const indexed = layout.spaces
      .map(({ name }) => name)
      .filter((space) => columns.has(vectorColumn(space)));
    return { name, table, indexedSpaces: new Set(indexed) };
  }

  async #open(layout: StoreLayout, shard: number, version?: number): Promise<Table> {
    const connection = await this.#connection(layout);
    return connection.openTable(tableName(shard), [], version === undefined ? {} : { version });
  }

  #connection(layout: StoreLayout): Promise<Connection> {
    const tables = this.#tables(layout);
    return fetched(this.#connections, layout.key, () => connect(tables, {}, this.#session));
  }

  #checkpoints(layout: StoreLayout): LanceDbCheckpoints {
    const known = this.#checkpointsOf.get(layout.key);
    if (known !== undefined) return known;
    const folder = path.join(this.#folder(layout), "checkpoints");
    const made = new LanceDbCheckpoints(folder, this.#wallMs);
    this.#checkpointsOf.set(layout.key, made);
    return made;
  }

  #mark(layout: StoreLayout, shard: number): BuildMark {
    return new BuildMark(this.#folder(layout), shard);
  }

  #tables(layout: StoreLayout): string {
    return path.join(this.#folder(layout), "tables");
  }

  #folder(layout: StoreLayout): string {
    assert(KEY.test(layout.key), "a layout's key is [a-z0-9_]{1,64}");
    return path.join(this.#root, layout.key);
  }
}

/** Of a shard at a version. */
function shardName({ key }: StoreLayout, shard: number, version: number): string {
  return `${key}/${shard}@${version}`;
}

function tableName(shard: number): string {
  return `shard_${shard}`;
}

/** What the cache holds, or what `make` makes. A failure is not kept. */
function fetched<T>(
  cache: LRUCache<string, Promise<T>>,
  name: string,
  make: () => Promise<T>,
): Promise<T> {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const made = make().catch((error: unknown) => {
    cache.delete(name);
    throw error;
  });
  cache.set(name, made);
  return made;
}
