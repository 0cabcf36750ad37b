import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import { headKey, recordField, REGISTRY, streamKey } from "../../lambdas/adapters/log-keys.ts";
import { UpstashLog } from "../../lambdas/adapters/upstash-log.ts";
import { UpstashLeases } from "../../lambdas/adapters/upstash-leases.ts";
import { UpstashLogUpkeep } from "../../lambdas/adapters/upstash-log-upkeep.ts";
import { UpstashWatchList } from "../../lambdas/adapters/upstash-watch-list.ts";
import { openSnapshots } from "../../lambdas/compose-snapshots.ts";
import { Placements } from "../../lambdas/catalog/placements.ts";
import type { BlobStore } from "../../lambdas/ports/blobs.ts";
import type { DataScrub } from "../../lambdas/ports/data-scrub.ts";
import type { VectorStore } from "../../lambdas/ports/store.ts";
import type { WriteLog } from "../../lambdas/ports/write-log.ts";
import { Applier } from "../../lambdas/replicate/applier.ts";
import { LineBroken } from "../../lambdas/replicate/judge.ts";
import { Resharder } from "../../lambdas/replicate/resharder.ts";
import { Turns } from "../../lambdas/replicate/turns.ts";
import { WatchKeeper } from "../../lambdas/watch/keeper.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { LogEntry } from "../../shared/contracts/log-entry.ts";
import { allShards } from "../../shared/domain/shard-map.ts";
import { required } from "../../shared/std/assert.ts";
import { encodeVector } from "../../shared/std/bytes.ts";
import { randomName, type Random } from "../../shared/std/random.ts";
import { vectorOf } from "../flows/vectors.ts";
import { collectionRecord } from "../suites/collection-record.ts";
import { smallSegments } from "../suites/small-segments.ts";
import type { RunningRedis } from "../suites/start-redis.ts";
import { stateAfter, type Written } from "./written.ts";

export const PRIMARY = "us-east-1";
const deadline = () => AbortSignal.timeout(20_000);

export interface RegionParts {
  readonly store: VectorStore;
  readonly redis: RunningRedis;
}

/** What a process of a region leans on, where it is not what the region has. */
export interface Instead {
  readonly store?: VectorStore;
  readonly blobs?: BlobStore;
  readonly log?: WriteLog;
  readonly scrub?: DataScrub;
}

/** A collection, its log, and regions that hold it, each with a store and a Redis of its own; the primary's Redis is the log too. */
export class SnapshotWorld {
  log: UpstashLog;
  readonly upkeep: UpstashLogUpkeep;
  readonly blobs: BlobStore;
  readonly #regions: ReadonlyMap<string, RegionParts>;
  readonly #random: Random;
  record: CollectionRecord;
  /** Every write on the log's line, by position - 1. */
  history: Written[] = [];
  /** Of the spaces that writes are for. */
  schemaVersion = 1;
  /** Added to the regions' wall clocks. */
  laterMs = 0;
  /** What was reported, by event. */
  readonly reported: { readonly event: string; readonly details: unknown }[] = [];

  constructor(
    regions: ReadonlyMap<string, RegionParts>,
    blobs: BlobStore,
    random: Random,
    shards = 2,
  ) {
    this.#regions = regions;
    this.blobs = blobs;
    this.#random = random;
    this.log = this.newLog();
    this.upkeep = new UpstashLogUpkeep(this.redisOf(PRIMARY));
    this.record = collectionRecord({
      name: `c-${randomName(10, Math.random)}`,
      incarnation: randomName(12, Math.random),
      spaces: { v: { model: "none", digest: null, dimension: 8, metric: "cosine", weight: 1 } },
      fields: { n: "number", tags: "strings" },
      shardMaps: [{ version: 1, shards, key: { by: "id" } }],
    });
  }

  /** As a new process has it, which has read nothing yet. */
  newLog(blobs = this.blobs): UpstashLog {
    const segments = smallSegments(blobs, () => Date.now() + this.laterMs);
    return new UpstashLog(this.redisOf(PRIMARY), segments);
  }

  async create(): Promise<void> {
    this.record = await this.log.register(this.record, deadline());
  }

  /** A process of a region, newly started. */
  start(region: string, instead: Instead = {}) {
    const { store, blobs, log } = {
      store: this.parts(region).store,
      blobs: this.blobs,
      log: this.log,
      ...instead,
    };
    const redis = this.redisOf(region);
    const watch = new UpstashWatchList(redis);
    const clock = {
      wallMs: () => Date.now() + this.laterMs,
      monotonicMs: () => performance.now(),
    };
    const sleep = async (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal });
    const placements = new Placements(store);
    const apply = {
      cache: { keepLags: async () => undefined },
      keeper: new WatchKeeper({
        watch,
        log,
        newId: randomUUID,
        onFailure: (_: string, error: unknown) => {
          throw error;
        },
      }),
      log,
      store,
      placements,
      leases: new UpstashLeases(redis, randomUUID),
      clock,
      sleep,
      turns: new Turns({ clock, sleep, beingRead: () => false }),
      onSample: () => undefined,
    };
    const applier = new Applier(apply);
    const report = (event: string, details: unknown) => this.reported.push({ event, details });
    const logRedis = this.redisOf(PRIMARY);
    const keepLost = async () => undefined;
    const segments = smallSegments(blobs, clock.wallMs);
    const shared = { region, redis, logRedis, blobs, segments, watch, apply, applier, report };
    const parts = {
      ...shared,
      keepLost,
      scrub: instead.scrub ?? null,
      newId: randomUUID,
      random: Math.random,
    };
    const resharder = new Resharder({ ...apply, applier, pageDocuments: 20 });
    const leases = new UpstashLeases(logRedis, randomUUID);
    return { ...openSnapshots(parts), applier, placements, resharder, watch, leases, sleep };
  }

  /** What a process held that is gone ends by itself after seconds; here at once. */
  async endLeases(record = this.record): Promise<void> {
    const { incarnation, shardMaps } = record;
    const maps = shardMaps.map(({ version }) => `${incarnation}/${version}`);
    const names = [incarnation, `${incarnation}/resync`, `${incarnation}/snapshots`, ...maps];
    const keys = [...names, `${PRIMARY}/restore`].map((name) => `nf:{${name}}:lease`);
    for (const region of this.#regions.keys()) await this.redisOf(region).del(...keys);
  }

  async catchUp(region: string): Promise<void> {
    await this.start(region).applier.catchUp(this.record, null, deadline());
  }

  /** Whether a region says that it can't go on. */
  async isStopped(region: string): Promise<boolean> {
    return this.catchUp(region).then(
      () => false,
      (error: unknown) => {
        if (error instanceof LineBroken) return true;
        throw error;
      },
    );
  }

  /** Appends random writes: puts, deletions, and puts for a position that some have and some have not. */
  async write(count: number, ids = 60): Promise<void> {
    const entries: LogEntry[] = [];
    for (let i = 0; i < count; i++) {
      const n = Math.floor(this.#random() * ids);
      const id = `d${n}`;
      const position = this.history.length + 1;
      const kind = this.#random();
      if (kind < 0.25) {
        this.history.push({ id, text: null });
        entries.push({ v: 1, kind: "delete", id, createdBy: "test" });
        continue;
      }
      const text = `text ${position} of ${n} ${randomName(6, this.#random)}`;
      const at = stateAfter(this.history).get(id)?.position ?? 0;
      const guess = this.#random() < 0.6 ? at : at + 1;
      const condition = kind < 0.5 ? { ifPosition: guess } : {};
      this.history.push({ id, text, ...condition });
      const vectors = { v: encodeVector(Float32Array.from(vectorOf(n + position))) };
      const metadata = { n: position, tags: [text.slice(-2), "ø \u{1F426}"] };
      const passages = [
        { text, vectors },
        { text: `more ${text}`, vectors: {} },
      ];
      entries.push({
        v: 1,
        kind: "put",
        id,
        text,
        metadata,
        passages,
        ...condition,
        createdBy: "t",
      });
    }
    for (let start = 0; start < entries.length; start += 100) {
      const key = randomUUID();
      const texts = entries.slice(start, start + 100).map((entry) => JSON.stringify(entry));
      const request = { idempotencyScope: key, requestDigest: key, held: null, entries: texts };
      const { schemaVersion } = this;
      const outcome = await this.log.append({ ...this.record, schemaVersion }, request, deadline());
      if (outcome.kind !== "appended") throw new Error(`not appended: ${outcome.kind}`);
    }
  }

  /** What must be shown where all writes up to a position are applied. */
  expected(upTo = this.history.length): Map<string, string> {
    const found = stateAfter(this.history.slice(0, upTo));
    return new Map([...found].map(([id, { text }]): [string, string] => [id, text]));
  }

  /** What a reader of a region is shown: texts by id. @throws Error where a document is there twice */
  async shown(region: string, record = this.record): Promise<Map<string, string>> {
    const { store } = this.parts(region);
    const held = await new Placements(store).read(record, deadline());
    const view = await store.openView(held.layout, required(held.checkpoint, "held"), deadline());
    const found = new Map<string, string>();
    for (const shard of allShards(held.map)) {
      for (const { id, body } of await view.scan(shard, null, 10_000, null, deadline())) {
        if (found.has(id)) throw new Error(`${id} is there twice`);
        found.set(id, String(JSON.parse(body).document));
      }
    }
    return found;
  }

  async held(region: string, record = this.record) {
    return new Placements(this.parts(region).store).read(record, deadline());
  }

  /** Removes an entry from the middle of the log, as a damaged Redis could. */
  async removeEntry(position: number): Promise<void> {
    const key = streamKey(this.record.incarnation);
    await this.redisOf(PRIMARY).xdel(key, [`${position}-${this.record.term}`]);
  }

  /**
   * The log loses its last entries, and says so by a new term, as a promotion would have it. What is written from here on has other
   * content at the same positions.
   */
  async loseTail(entries: number): Promise<void> {
    const { incarnation } = this.record;
    const end = this.history.length;
    const [before] = (await this.log.pull(this.record, end - entries, deadline())).entries;
    const term = this.record.term + 1;
    const cut = `local kept = redis.call('XRANGE', KEYS[1], '-', ARGV[1])
      redis.call('DEL', KEYS[1])
      for i = 1, #kept do redis.call('XADD', KEYS[1], kept[i][1], unpack(kept[i][2])) end`;
    await this.redisOf(PRIMARY).eval(cut, [streamKey(incarnation)], [String(end - entries)]);
    await this.redisOf(PRIMARY).hset(headKey(incarnation), {
      term: String(term),
      position: String(end - entries),
      chain: required(before, "what is kept").chain,
    });
    this.history = this.history.slice(0, end - entries);
    this.record = { ...this.record, term };
  }

  /** The log's Redis and every store lose the collection; the blobs are left. */
  async loseAll(): Promise<void> {
    const { incarnation, tenant, name } = this.record;
    await this.redisOf(PRIMARY).del(headKey(incarnation), streamKey(incarnation));
    await this.redisOf(PRIMARY).hdel(REGISTRY, recordField(tenant, name));
    for (const region of this.#regions.keys()) {
      const { layout } = await this.held(region);
      await this.parts(region).store.drop(layout, deadline());
    }
  }

  /** A region's tables are gone, as with its folder. */
  async loseTables(region: string): Promise<void> {
    const { layout } = await this.held(region);
    await this.parts(region).store.drop(layout, deadline());
  }

  redisOf(region: string) {
    const { redis } = this.parts(region);
    return createUpstashClient(redis.url, redis.token);
  }

  parts(region: string): RegionParts {
    return required(this.#regions.get(region), "a region of the test");
  }
}
