import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { requireUndamaged, type Checkpoint } from "../../shared/contracts/checkpoint.ts";
import { assert, required } from "../../shared/std/assert.ts";
import type {
  DocumentState,
  StoreLayout,
  StoreView,
  VectorStore,
  StoreTraits,
} from "../ports/store.ts";
import { milvusCall, MilvusFailure } from "./milvus-call.ts";
import { MilvusCheckpoints } from "./milvus-checkpoints.ts";
import { MilvusCollections, type FoundIndexes } from "./milvus-collections.ts";
import { connectMilvus, type MilvusConnection } from "./milvus-connection.ts";
import { literal } from "./milvus-filter.ts";
import type { MilvusIndex } from "./milvus-index.ts";
import {
  collectionsOf,
  rowsName,
  shardTables,
  type ShardTables,
  type SpaceTable,
  type VectorFields,
} from "./milvus-tables.ts";
import { MilvusView, type OpenShard } from "./milvus-view.ts";
import { applyDocuments, WRITE_MS_MAX } from "./milvus-writes.ts";
import { TOMBSTONE_MS } from "./rows-to-write.ts";
import { WriteQueues } from "./write-queues.ts";

export interface MilvusStoreOptions extends MilvusConnection {
  /** Before each collection's name, where regions share a server: `[a-z0-9_]` only. */
  readonly prefix?: string;
  /**
   * How vectors lie in Milvus. Left out: as a collection lies already, else `multi` where the server can do it. Said
   * otherwise than a collection lies, it is as if it were not there.
   */
  readonly vectorFields?: VectorFields;
  /** Of collections that are not there yet; FLAT where left out, the only one that is exact on every server. */
  readonly index?: MilvusIndex;
  /** Query nodes that hold a collection when it is loaded; 1 where left out. */
  readonly replicas?: number;
  /** Wall clock: for the age of tombstones and of claims on a checkpoint. */
  readonly wallMs?: () => number;
}

const KEY = /^[a-z0-9_]{1,64}$/;
/** Before, a field has no nulls, which a server passes over in silence: so its version is asked for. */
const NULLABLE_SINCE = [2, 5] as const;
/** Before, no function makes vectors of words. */
const LEXICAL_SINCE = [2, 5] as const;

/** Milvus: see `VectorFields` for how collections lie in it. */
export async function openMilvusStore(options: MilvusStoreOptions): Promise<VectorStore> {
  const { client, version } = await connectMilvus(options);
  return new MilvusStore(client, options, version);
}

class MilvusStore implements VectorStore {
  readonly traits: StoreTraits;
  readonly #client: MilvusClient;
  readonly #options: MilvusStoreOptions;
  readonly #prefix: string;
  readonly #nullable: boolean;
  readonly #collections: MilvusCollections;
  readonly #wallMs: () => number;
  /** By layout key: how it lies, once that is settled. */
  readonly #modes = new Map<string, VectorFields>();
  /**
   * By Milvus collection: what is stored is read before it is written, and milvus-lite, which tells nobody, can't take two
   * writes of one collection at once: its write-ahead log is then unreadable, and a kill loses what it held.
   */
  readonly #queues = new WriteQueues();

  constructor(client: MilvusClient, options: MilvusStoreOptions, version: string) {
    this.#client = client;
    this.#options = options;
    this.#prefix = options.prefix ?? "";
    this.#nullable = isSince(version, NULLABLE_SINCE);
    this.traits = {
      name: "milvus",
      snapshotReads: false,
      durable: true,
      lexical: isSince(version, LEXICAL_SINCE),
      substrings: this.#nullable && options.vectorFields !== "single",
    };
    this.#collections = new MilvusCollections(client, {
      index: options.index ?? { kind: "FLAT" },
      replicas: options.replicas ?? 1,
    });
    this.#wallMs = options.wallMs ?? Date.now;
  }

  async prepare(layout: StoreLayout, signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.#openShards(layout, signal),
      this.#checkpoints(layout).prepare(signal),
    ]);
  }

  async apply(
    layout: StoreLayout,
    shard: number,
    documents: readonly DocumentState[],
    signal: AbortSignal,
  ): Promise<null> {
    const tables = await this.#tables(layout, shard, signal);
    const apply = () => applyDocuments(this.#client, layout, tables, documents, this.#wallMs);
    await this.#queues.run(tables.rows.name, apply, signal);
    return null;
  }

  async maintain(layout: StoreLayout, shard: number, signal: AbortSignal): Promise<null> {
    // Milvus compacts and indexes by itself; only our tombstones are ours to remove.
    const { rows } = await this.#tables(layout, shard, signal);
    const filter = `died_ms > 0e+0 and died_ms < ${literal(this.#wallMs() - TOMBSTONE_MS)}`;
    const request = { collection_name: rows.name, filter };
    const remove = () =>
      milvusCall("delete", () => this.#client.delete(request), AbortSignal.timeout(WRITE_MS_MAX));
    await this.#queues.run(rows.name, remove, signal);
    return null;
  }

  async openView(
    layout: StoreLayout,
    checkpoint: Checkpoint,
    signal: AbortSignal,
  ): Promise<StoreView> {
    requireUndamaged(checkpoint);
    // A server that was restarted has loaded nothing; where all is as it should be, this client asks once.
    return new MilvusView(this.#client, layout, await this.#openShards(layout, signal));
  }

  async readCheckpoint(layout: StoreLayout, signal: AbortSignal): Promise<Checkpoint | null> {
    return this.#checkpoints(layout).read(signal);
  }

  async writeCheckpoint(
    layout: StoreLayout,
    previous: Checkpoint | null,
    next: Checkpoint,
    signal: AbortSignal,
  ): Promise<boolean> {
    const checkpoints = this.#checkpoints(layout);
    const write = () => checkpoints.write(previous, next, AbortSignal.timeout(WRITE_MS_MAX));
    return this.#queues.run(checkpoints.collection, write, signal);
  }

  async drop(layout: StoreLayout, signal: AbortSignal): Promise<void> {
    await this.#collections.drop(this.#checkpoints(layout).collection, signal);
    await this.retire(layout, signal);
  }

  async retire(layout: StoreLayout, signal: AbortSignal): Promise<void> {
    this.#modes.delete(layout.key);
    const modes: readonly VectorFields[] = ["multi", "single"];
    const names = modes.flatMap((mode) =>
      shardsOf(layout).flatMap((shard) => {
        const tables = shardTables(layout, mode, this.#shardName(layout, shard));
        return collectionsOf(tables).map(({ name }) => name);
      }),
    );
    await Promise.all(names.map((name) => this.#collections.drop(name, signal)));
  }

  async close(): Promise<void> {
    await this.#client.closeConnection();
  }

  async #openShards(layout: StoreLayout, signal: AbortSignal): Promise<OpenShard[]> {
    await this.#mode(layout, signal);
    return Promise.all(
      shardsOf(layout).map(async (shard) => {
        const tables = await this.#tables(layout, shard, signal);
        const indexes = new Map(
          await Promise.all(
            collectionsOf(tables).map(async (collection): Promise<[string, FoundIndexes]> => [
              collection.name,
              await this.#collections.ensure(collection, signal),
            ]),
          ),
        );
        const indexOf = ({ collection, field }: SpaceTable) =>
          required(indexes.get(collection.name)?.get(field), "every vector field has an index");
        return { tables, indexOf };
      }),
    );
  }

  async #tables(layout: StoreLayout, shard: number, signal: AbortSignal): Promise<ShardTables> {
    const mode = await this.#mode(layout, signal);
    return shardTables(layout, mode, this.#shardName(layout, shard));
  }

  /** How a layout lies: as it was said, as it was found, or as the server can. */
  async #mode(layout: StoreLayout, signal: AbortSignal): Promise<VectorFields> {
    assert(KEY.test(layout.key), "a layout's key is [a-z0-9_]{1,64}");
    const { vectorFields } = this.#options;
    const settled = vectorFields ?? this.#modes.get(layout.key);
    if (settled !== undefined) return settled;
    const mode = await this.#findMode(layout, signal);
    this.#modes.set(layout.key, mode);
    return mode;
  }

  async #findMode(layout: StoreLayout, signal: AbortSignal): Promise<VectorFields> {
    const name = this.#shardName(layout, 0);
    if (!this.#nullable || (await this.#collections.isThere(rowsName("single", name), signal)))
      return "single";
    const { rows } = shardTables(layout, "multi", name);
    try {
      await this.#collections.ensure(rows, signal);
      return "multi";
    } catch (error) {
      if (!(error instanceof MilvusFailure && error.kind === "refused")) throw error;
      // Made, but e.g. with too few query nodes to load it: that is no reason for another layout.
      if (await this.#collections.isStillThere(rows.name, signal)) throw error;
      return "single"; // It has no nullable vectors, or not as many a collection.
    }
  }

  #shardName(layout: StoreLayout, shard: number): string {
    return `${this.#prefix}${layout.key}_s${shard}`;
  }

  #checkpoints(layout: StoreLayout): MilvusCheckpoints {
    return new MilvusCheckpoints(
      this.#client,
      this.#collections,
      `${this.#prefix}${layout.key}_checkpoints`,
      this.#wallMs,
    );
  }
}

function shardsOf({ shards }: StoreLayout): number[] {
  return Array.from({ length: shards }, (_, shard) => shard);
}

/** @param version e.g. `v2.3.5-lite` or `milvus_lite-3.2.2`; what tells no number is taken for a new one */
function isSince(version: string, [major, minor]: readonly [number, number]): boolean {
  const found = /(\d+)\.(\d+)/.exec(version);
  if (found === null) return true;
  const [itsMajor, itsMinor] = [Number(found[1]), Number(found[2])];
  return itsMajor > major || (itsMajor === major && itsMinor >= minor);
}
