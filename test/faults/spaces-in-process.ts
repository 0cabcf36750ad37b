import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import { serverRoom } from "../../lambdas/adapters/server-room.ts";
import { UpstashLeases } from "../../lambdas/adapters/upstash-leases.ts";
import { UpstashWatchList } from "../../lambdas/adapters/upstash-watch-list.ts";
import { WatchKeeper } from "../../lambdas/watch/keeper.ts";
import { UpstashLog } from "../../lambdas/adapters/upstash-log.ts";
import { UpstashRegionCache } from "../../lambdas/adapters/upstash-region-cache.ts";
import { Catalog } from "../../lambdas/catalog/catalog.ts";
import { Placements } from "../../lambdas/catalog/placements.ts";
import { SpaceFiller } from "../../lambdas/fill/space-filler.ts";
import type { Embedder } from "../../lambdas/ports/embedder.ts";
import type { VectorStore } from "../../lambdas/ports/store.ts";
import { Applier } from "../../lambdas/replicate/applier.ts";
import { Resharder } from "../../lambdas/replicate/resharder.ts";
import { Turns } from "../../lambdas/replicate/turns.ts";
import { changeSpaces } from "../../lambdas/write/change-spaces.ts";
import { deleteFound } from "../../lambdas/write/delete-found.ts";
import { patchDocument } from "../../lambdas/write/patch-document.ts";
import { deleteDocuments, putDocuments, type WriteDeps } from "../../lambdas/write/write.ts";
import type { Caller } from "../../shared/contracts/caller.ts";
import { wantedMap, type CollectionRecord } from "../../shared/contracts/collection.ts";
import type { DocumentInput } from "../../shared/contracts/document.ts";
import type { WireFilter } from "../../shared/contracts/filter.ts";
import { spacesToFill } from "../../shared/contracts/shard-map.ts";
import { ChangeSpacesRequest } from "../../shared/contracts/space.ts";
import { allShards } from "../../shared/domain/shard-map.ts";
import type { Sleep } from "../../shared/std/clock.ts";
import { toUnitVector } from "../../shared/domain/vector.ts";
import { required } from "../../shared/std/assert.ts";
import { collectionRecord } from "../suites/collection-record.ts";
import type { RunningRedis } from "../suites/start-redis.ts";
import { smallSegments } from "../suites/small-segments.ts";

export const PRIMARY = "us-east-1";
const DIMENSION = 4;
/** Small, so that a copy takes several. */
const PAGE_DOCUMENTS = 15;
const caller: Caller = { tenant: "t", keyId: "k", scopes: ["read", "write", "admin"] };
const envelope = {
  requestId: "r",
  traceparent: "00-0",
  context: { caller, issuedMs: 0, signature: "" },
  deadlineMs: 20_000,
};
const deadline = () => AbortSignal.timeout(20_000);

/** A model's vector of a text: another text or another release of the model gives another. */
export function vectorOfText(text: string, digest: string): Float32Array {
  const sums = new Float32Array(DIMENSION).fill(1);
  for (const [i, byte] of new TextEncoder().encode(`${digest} ${text}`).entries())
    sums[i % DIMENSION] = (((sums[i % DIMENSION] ?? 0) * 31 + byte) % 251) + 1;
  return required(toUnitVector(sums), "no vector of nothing");
}

export interface RegionParts {
  readonly store: VectorStore;
  readonly redis: RunningRedis;
}

/** A collection, its log, and the regions that hold it, each with a store and a Redis of its own. */
export class LiveSpaces {
  readonly #log: UpstashLog;
  readonly #regions: ReadonlyMap<string, RegionParts>;
  /** Digest of the text model's weights: another release of it makes other vectors. */
  release = "sha256:0000000000000001";
  /** Happens once, while something is being embedded. */
  whileEmbedding: (() => Promise<void>) | null = null;
  record: CollectionRecord;

  /** @param regions the primary's Redis is the log too */
  constructor(regions: ReadonlyMap<string, RegionParts>) {
    this.#regions = regions;
    this.#log = new UpstashLog(this.#redisOf(PRIMARY), smallSegments());
    this.record = collectionRecord({
      name: randomUUID(),
      incarnation: randomUUID().replaceAll("-", "").slice(0, 12),
      spaces: {
        own: { model: "none", digest: null, dimension: 2, metric: "cosine", weight: 1 },
      },
      fields: { n: "number" },
      shardMaps: [{ version: 1, shards: 2, key: { by: "id" } }],
    });
  }

  async create(): Promise<void> {
    this.record = await this.#log.register(this.record, deadline());
  }

  /** A process of a region, newly started. */
  start(region: string, store = this.#parts(region).store) {
    const clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };
    const placements = new Placements(store);
    const redis = this.#redisOf(region);
    const cache = new UpstashRegionCache(redis, () => undefined);
    const sleep: Sleep = async (ms, signal) => delay(Math.min(ms, 1), undefined, { signal });
    const deps = {
      keeper: new WatchKeeper({
        watch: new UpstashWatchList(redis),
        log: this.#log,
        newId: randomUUID,
        onFailure: (_, error) => {
          throw error;
        },
      }),
      region,
      log: this.#log,
      store,
      placements,
      leases: new UpstashLeases(redis, randomUUID),
      clock,
      cache,
      sleep,
      turns: new Turns({ clock, sleep, beingRead: () => false }),
      room: serverRoom,
      onSample: () => undefined,
      bell: { others: 0, ring: () => undefined, ringAndWait: () => [] },
      embedder: this.#embedder(),
      blobs: {
        put: async () => undefined,
        get: async () => null,
        list: async () => [],
        remove: async () => undefined,
      },
      onSkipped: (_: string, id: string, error: unknown) => {
        throw new Error(`${id} was skipped`, { cause: error });
      },
    };
    const applier = new Applier(deps);
    const write: WriteDeps = { ...deps, applier, catalog: new Catalog(this.#log, cache, clock) };
    const resharder = new Resharder({ ...deps, applier, pageDocuments: PAGE_DOCUMENTS });
    const filler = new SpaceFiller({ ...deps, applier });
    return { applier, resharder, filler, write, placements };
  }

  #embedder(): Embedder {
    const digest = this.release;
    const vectors: Embedder["embed"] = async (_, inputs) => {
      const { whileEmbedding } = this;
      this.whileEmbedding = null;
      await whileEmbedding?.();
      return {
        digest,
        vectors: inputs.map((input) => ("text" in input ? vectorOfText(input.text, digest) : null)),
        refused: [],
        pictures: inputs.map(() => null),
      };
    };
    // The picture model is another one, whose texts enter it by the text model.
    const picture = { digest: "sha256:00000000000000ff", dimension: DIMENSION, textTower: digest };
    return {
      model: async (model) =>
        model === "image" ? picture : { digest, dimension: DIMENSION, textTower: null },
      embed: vectors,
    };
  }

  async put(documents: readonly DocumentInput[], store?: VectorStore): Promise<void> {
    const { write } = this.start(PRIMARY, store);
    const idempotencyKey = randomUUID();
    await putDocuments(
      write,
      caller,
      {
        op: "put",
        ...envelope,
        collection: this.record.name,
        idempotencyKey,
        documents: [...documents],
        waitFor: "primary",
      },
      deadline(),
    );
  }

  async remove(id: string): Promise<void> {
    const { write } = this.start(PRIMARY);
    const event = { op: "delete" as const, ...envelope, collection: this.record.name };
    const rest = { idempotencyKey: randomUUID(), ids: [id], waitFor: "primary" as const };
    await deleteDocuments(write, caller, { ...event, ...rest }, deadline());
  }

  /** @returns whether it counted */
  async patch(id: string, metadata: Record<string, number>, key: string = randomUUID()) {
    const { write } = this.start(PRIMARY);
    const event = { op: "patch" as const, ...envelope, collection: this.record.name, id };
    const rest = { idempotencyKey: key, patch: metadata, waitFor: "primary" as const };
    const { refused } = await patchDocument(write, caller, { ...event, ...rest }, deadline());
    return refused.length === 0;
  }

  async removeFound(filter: object): Promise<readonly string[]> {
    const { write } = this.start(PRIMARY);
    const event = { op: "delete-found" as const, ...envelope, collection: this.record.name };
    const rest = { idempotencyKey: randomUUID(), waitFor: "primary" as const };
    const asked = { ...event, ...rest, filter: filter as WireFilter };
    return (await deleteFound(write, caller, asked, deadline())).ids;
  }

  /** @returns the names of the spaces that are to be filled */
  async change(request: object): Promise<readonly string[]> {
    const { write } = this.start(PRIMARY);
    const from = wantedMap(this.record).version;
    const event = { op: "change-spaces" as const, ...envelope, collection: this.record.name, from };
    const asked = { ...event, request: ChangeSpacesRequest.parse(request) };
    this.record = (await changeSpaces(write, caller, asked, deadline())).record;
    return spacesToFill(this.record.shardMaps);
  }

  /** What a process held that is gone ends by itself after seconds; here at once. */
  async endLeases(): Promise<void> {
    const { incarnation, shardMaps } = this.record;
    const moves = shardMaps.map(({ version }) => `${incarnation}/${version}`);
    const keys = [incarnation, ...moves, `${incarnation}/fill`].map((name) => `nf:{${name}}:lease`);
    for (const region of this.#regions.keys()) await this.#redisOf(region).del(...keys);
  }

  #parts(region: string): RegionParts {
    return required(this.#regions.get(region), "a region of the test");
  }

  #redisOf(region: string) {
    const { redis } = this.#parts(region);
    return createUpstashClient(redis.url, redis.token);
  }

  /** A region's documents as its newest checkpoint shows them: position, and per space the first passage's vector. */
  async shown(region: string) {
    const { store } = this.#parts(region);
    const placements = new Placements(store);
    const held = await placements.read(this.record, deadline());
    const checkpoint = required(held.checkpoint, "held");
    const view = await store.openView(held.layout, checkpoint, deadline());
    const found = new Map<
      string,
      {
        position: number;
        text: unknown;
        metadata: unknown;
        vectors: Record<string, number[] | null>;
      }
    >();
    for (const shard of allShards(held.map)) {
      const ids = (await view.scan(shard, null, 10_000, null, deadline())).map(({ id }) => id);
      for (const row of await view.documents(shard, ids, { vectors: true }, deadline())) {
        if (found.has(row.id)) throw new Error(`${row.id} is there twice`);
        const vectors = Object.entries(row.vectors).map(([space, vector]) => [
          space,
          vector === null ? null : [...vector],
        ]);
        found.set(row.id, {
          position: row.position,
          text: JSON.parse(row.body).document,
          metadata: JSON.parse(row.body).metadata ?? {},
          vectors: Object.fromEntries(vectors),
        });
      }
    }
    return { documents: found, unfilled: checkpoint.unfilled ?? [], version: held.map.version };
  }
}
