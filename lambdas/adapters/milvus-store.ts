import { MilvusClient } from "@zilliz/milvus2-sdk-node";
import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import { assert } from "../../shared/std/assert.ts";
import type { DocumentState, StoreLayout, StoreView, VectorStore } from "../ports/store.ts";
import { milvusCall, RPC_MS_MAX } from "./milvus-call.ts";
import { MilvusCheckpoints } from "./milvus-checkpoints.ts";
import { MilvusCollections } from "./milvus-collections.ts";
import { inList, literal } from "./milvus-filter.ts";
import {
  collectionFields,
  PLACE_FIELDS,
  readPlace,
  toMilvusRow,
  vectorField,
} from "./milvus-rows.ts";
import { IDS_PER_QUERY, MilvusView, queryRows, RESULTS_MAX } from "./milvus-view.ts";
import { rowsToWrite, TOMBSTONE_MS, type TableRow } from "./rows-to-write.ts";
import { WriteQueues } from "./write-queues.ts";

export interface MilvusStoreOptions {
  /** `host:port`, or with `https://`. */
  readonly address: string;
  /** `user:password` or an API key; left out where the server asks for none. */
  readonly token?: string;
  /** Before each collection's name, where regions share a server: `[a-z0-9_]` only. */
  readonly prefix?: string;
  /** Wall clock: for the age of tombstones and of claims on a checkpoint. */
  readonly wallMs?: () => number;
}

const CONNECT_MS_MAX = 10_000;
/** A call of Milvus takes 64 MB at most. */
const UPSERT_BYTES_MAX = 16 * 1024 * 1024;
/** Longest that a write goes on, whoever still waits for it: the reads and upserts of one batch, or a checkpoint's rounds. */
const WRITE_MS_MAX = 60_000;
const KEY = /^[a-z0-9_]{1,64}$/;

/** Milvus with several, nullable vector fields a collection: one Milvus collection `<key>_s<shard>` a shard. */
export async function openMilvusStore(options: MilvusStoreOptions): Promise<VectorStore> {
  const client = new MilvusClient({
    address: options.address,
    ...(options.token === undefined ? {} : { token: options.token }),
    timeout: RPC_MS_MAX,
    logLevel: "error", // On `debug`, its level where NODE_ENV is test, it writes rows and filters to the log.
    maxRetries: 2,
    retryDelay: 20,
    // The SDK's own pings each 10 s make milvus-lite close the channel during a long call.
    channelOptions: { "grpc.keepalive_time_ms": 300_000, "grpc.keepalive_permit_without_calls": 0 },
  });
  try {
    await milvusCall(
      `connect to ${options.address}`,
      async () => {
        await client.connectPromise;
        return client.getVersion();
      },
      AbortSignal.timeout(CONNECT_MS_MAX),
    );
  } catch (error) {
    await client.closeConnection();
    throw error;
  }
  return new MilvusStore(client, options.prefix ?? "", options.wallMs ?? Date.now);
}

class MilvusStore implements VectorStore {
  readonly traits = { name: "milvus", snapshotReads: false, durable: true, lexical: false };
  readonly #client: MilvusClient;
  readonly #prefix: string;
  readonly #collections: MilvusCollections;
  readonly #wallMs: () => number;
  /**
   * By Milvus collection: what is stored is read before it is written, and milvus-lite, which tells nobody, can't take two
   * writes of one collection at once: its write-ahead log is then unreadable, and a kill loses what it held.
   */
  readonly #queues = new WriteQueues();

  constructor(client: MilvusClient, prefix: string, wallMs: () => number) {
    this.#client = client;
    this.#prefix = prefix;
    this.#collections = new MilvusCollections(client);
    this.#wallMs = wallMs;
  }

  async prepare(layout: StoreLayout, signal: AbortSignal): Promise<void> {
    assert(KEY.test(layout.key), "a layout's key is [a-z0-9_]{1,64}");
    const fields = collectionFields(layout);
    const vectorFields = layout.spaces.map(({ name }) => vectorField(name));
    for (let shard = 0; shard < layout.shards; shard++) {
      await this.#collections.ensure(
        { name: this.#collectionName(layout, shard), fields, vectorFields },
        signal,
      );
    }
  }

  async apply(
    layout: StoreLayout,
    shard: number,
    documents: readonly DocumentState[],
    signal: AbortSignal,
  ): Promise<null> {
    const name = this.#collectionName(layout, shard);
    await this.#queues.run(name, () => this.#applyTo(name, layout, documents), signal);
    return null;
  }

  async maintain(layout: StoreLayout, shard: number, signal: AbortSignal): Promise<null> {
    // Milvus compacts and indexes by itself; only our tombstones are ours to remove.
    const name = this.#collectionName(layout, shard);
    const filter = `died_ms > 0e+0 and died_ms < ${literal(this.#wallMs() - TOMBSTONE_MS)}`;
    const request = { collection_name: name, filter };
    const remove = () =>
      milvusCall("delete", () => this.#client.delete(request), AbortSignal.timeout(WRITE_MS_MAX));
    await this.#queues.run(name, remove, signal);
    return null;
  }

  async openView(
    layout: StoreLayout,
    _checkpoint: Checkpoint,
    signal: AbortSignal,
  ): Promise<StoreView> {
    await this.prepare(layout, signal); // A server that was restarted has loaded nothing.
    return new MilvusView(this.#client, layout, (shard) => this.#collectionName(layout, shard));
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
    for (let shard = 0; shard < layout.shards; shard++) {
      await this.#collections.drop(this.#collectionName(layout, shard), signal);
    }
  }

  async close(): Promise<void> {
    await this.#client.closeConnection();
  }

  async #applyTo(
    name: string,
    layout: StoreLayout,
    documents: readonly DocumentState[],
  ): Promise<void> {
    for (let start = 0; start < documents.length; start += IDS_PER_QUERY) {
      const batch = documents.slice(start, start + IDS_PER_QUERY);
      const signal = AbortSignal.timeout(WRITE_MS_MAX);
      const ids = batch.map(({ id }) => id);
      const request = {
        collection_name: name,
        filter: inList("id", ids),
        output_fields: PLACE_FIELDS,
        limit: RESULTS_MAX,
      };
      const held = (await queryRows(this.#client, request, signal)).map(readPlace);
      await this.#upsert(layout, name, rowsToWrite(batch, held, this.#wallMs()), signal);
    }
  }

  /** In calls that each fit. */
  async #upsert(
    layout: StoreLayout,
    name: string,
    rows: readonly TableRow[],
    signal: AbortSignal,
  ): Promise<void> {
    let pending: ReturnType<typeof toMilvusRow>[] = [];
    let bytes = 0;
    const flush = async () => {
      if (pending.length === 0) return;
      const data = pending.map((row) => row.data);
      await milvusCall(
        "upsert",
        () => this.#client.upsert({ collection_name: name, data, timeout: RPC_MS_MAX }),
        signal,
      );
      pending = [];
      bytes = 0;
    };
    for (const row of rows) {
      const made = toMilvusRow(layout, row);
      if (bytes + made.bytes > UPSERT_BYTES_MAX) await flush();
      pending.push(made);
      bytes += made.bytes;
    }
    await flush();
  }

  #collectionName(layout: StoreLayout, shard: number): string {
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
