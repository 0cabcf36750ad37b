import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import { UpstashLeases } from "../../lambdas/adapters/upstash-leases.ts";
import { UpstashWatchList } from "../../lambdas/adapters/upstash-watch-list.ts";
import { WatchKeeper } from "../../lambdas/watch/keeper.ts";
import { UpstashLog } from "../../lambdas/adapters/upstash-log.ts";
import { Placements } from "../../lambdas/catalog/placements.ts";
import type { VectorStore } from "../../lambdas/ports/store.ts";
import { Applier } from "../../lambdas/replicate/applier.ts";
import { Resharder } from "../../lambdas/replicate/resharder.ts";
import { Turns } from "../../lambdas/replicate/turns.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { LogEntry } from "../../shared/contracts/log-entry.ts";
import type { ShardKey } from "../../shared/domain/shard-map.ts";
import { allShards, shardOfDocument } from "../../shared/domain/shard-map.ts";
import { encodeVector } from "../../shared/std/bytes.ts";
import { required } from "../../shared/std/assert.ts";
import type { Random } from "../../shared/std/random.ts";
import type { RunningRedis } from "../suites/start-redis.ts";
import { vectorOf } from "../flows/vectors.ts";
import { smallSegments } from "../suites/small-segments.ts";

const TEAMS = ["red", "green", "blue", "none"];
/** Small, so that few documents make several pages. */
const PAGE_DOCUMENTS = 200;
const deadline = () => AbortSignal.timeout(20_000);

/** A process that is gone: whatever it was about to do is not done. */
export class Crash extends Error {
  override readonly name = "Crash";
}

/** Counts the store's calls; crashes at one of them, before it is done or after, or lets something else happen before one. */
export class CrashingStore {
  readonly store: VectorStore;
  calls = 0;
  /** Number of the call; null for never. */
  crashAt: { readonly call: number; readonly when: "before" | "after" } | null = null;

  interlude: { readonly call: number; readonly run: () => Promise<void> } | null = null;

  constructor(inner: VectorStore) {
    const step = <T>(work: () => Promise<T>) => this.step(work);
    this.store = {
      traits: inner.traits,
      prepare: (...given) => step(() => inner.prepare(...given)),
      apply: (...given) => step(() => inner.apply(...given)),
      maintain: (...given) => step(() => inner.maintain(...given)),
      openView: (...given) => step(() => inner.openView(...given)),
      readCheckpoint: (...given) => step(() => inner.readCheckpoint(...given)),
      writeCheckpoint: (...given) => step(() => inner.writeCheckpoint(...given)),
      retire: (...given) => step(() => inner.retire(...given)),
      drop: (...given) => step(() => inner.drop(...given)),
      close: () => inner.close(),
    };
  }

  /** A call, of the store or of something else that the process leans on. */
  async step<T>(work: () => Promise<T>): Promise<T> {
    const call = this.calls++;
    const { crashAt, interlude } = this;
    if (interlude?.call === call) await interlude.run();
    if (
      crashAt !== null &&
      (call > crashAt.call || (call === crashAt.call && crashAt.when === "before"))
    )
      throw new Crash(`before call ${call}`);
    const result = await work();
    if (crashAt !== null && call === crashAt.call) throw new Crash(`after call ${call}`);
    return result;
  }
}

/** One collection in one region: its log, its store, and what was written to it. */
export class Region {
  readonly #inner: VectorStore;
  readonly #redis: ReturnType<typeof createUpstashClient>;
  readonly #random: Random;
  readonly #log: UpstashLog;
  /** What the collection must hold: teams by id. */
  readonly written = new Map<string, { readonly team: string; readonly text: string }>();
  record: CollectionRecord;
  /** Added to the wall clock. */
  laterMs = 0;
  #appends = 0;

  constructor(inner: VectorStore, redis: RunningRedis, random: Random, shards: number) {
    this.#inner = inner;
    this.#random = random;
    this.#redis = createUpstashClient(redis.url, redis.token);
    this.#log = new UpstashLog(this.#redis, smallSegments());
    this.record = {
      tenant: "t",
      name: randomUUID(),
      incarnation: randomUUID().replaceAll("-", "").slice(0, 12),
      primary: "us-east-1",
      term: 1,
      schemaVersion: 1,
      spaces: { v: { model: "none", digest: null, dimension: 8, metric: "cosine", weight: 1 } },
      fields: { team: "string" },
      lexical: { weight: 0 },
      shardMaps: [{ version: 1, shards, key: { by: "id" } }],
    };
  }

  async create(): Promise<void> {
    this.record = await this.#log.register(this.record, deadline());
  }

  /** A process of the region, newly started. */
  start(store: VectorStore = this.#inner): { applier: Applier; resharder: Resharder } {
    const clock = {
      wallMs: () => Date.now() + this.laterMs,
      monotonicMs: () => performance.now(),
    };
    const sleep = async (delayMs: number, signal: AbortSignal) =>
      delay(delayMs, undefined, { signal });
    const deps = {
      cache: { keepLags: async () => undefined },
      keeper: new WatchKeeper({
        watch: new UpstashWatchList(this.#redis),
        log: this.#log,
        newId: randomUUID,
        onFailure: (_, error) => {
          throw error;
        },
      }),
      log: this.#log,
      store,
      placements: new Placements(store),
      leases: new UpstashLeases(this.#redis, randomUUID),
      clock,
      sleep,
      turns: new Turns({ clock, sleep, beingRead: () => false }),
      onSample: () => undefined,
    };
    const applier = new Applier(deps);
    return {
      applier,
      resharder: new Resharder({ ...deps, applier, pageDocuments: PAGE_DOCUMENTS }),
    };
  }

  /** What a process held that is gone ends by itself after seconds; here at once. */
  async endLeases(): Promise<void> {
    const { incarnation } = this.record;
    const names = [
      incarnation,
      ...this.record.shardMaps.map(({ version }) => `${incarnation}/${version}`),
    ];
    await this.#redis.del(...names.map((name) => `nf:{${name}}:lease`));
  }

  async want(shards: number, key: ShardKey): Promise<void> {
    const version = required(this.record.shardMaps.at(-1), "a map").version + 1;
    this.record = await this.#log.addShardMap(this.record, { version, shards, key }, deadline());
  }

  /** Appends puts and deletes of random documents. */
  async write(count: number, ids: number): Promise<void> {
    const entries = Array.from({ length: count }, () => this.#entry(ids));
    const key = `k${this.#appends++}`;
    const request = { idempotencyScope: key, requestDigest: key, held: null };
    const texts = entries.map((entry) => JSON.stringify(entry));
    for (let start = 0; start < texts.length; start += 100) {
      const part = texts.slice(start, start + 100);
      const scope = `${key}:${start}`;
      await this.#log.append(
        this.record,
        { ...request, idempotencyScope: scope, entries: part },
        deadline(),
      );
    }
  }

  #entry(ids: number): LogEntry {
    const n = Math.floor(this.#random() * ids);
    const id = `d${n}`;
    if (this.#random() < 0.2) {
      this.written.delete(id);
      return { v: 1, kind: "delete", id, createdBy: "test" };
    }
    const team = required(TEAMS[Math.floor(this.#random() * TEAMS.length)], "a team");
    const text = `${team} ${Math.floor(this.#random() * 1e6)}`;
    this.written.set(id, { team, text });
    return {
      v: 1,
      kind: "put",
      id,
      text,
      metadata: team === "none" ? {} : { team },
      passages: [{ text, vectors: { v: encodeVector(Float32Array.from(vectorOf(n))) } }],
      createdBy: "test",
    };
  }

  /** What a reader of the region is shown, each document with its shard. @throws Error where one is twice, or where it does not belong */
  async shown(): Promise<Map<string, string>> {
    const placements = new Placements(this.#inner);
    const { map, layout, checkpoint } = await placements.read(this.record, deadline());
    const placement = placements.placement(this.record, map);
    const view = await this.#inner.openView(layout, required(checkpoint, "held"), deadline());
    const found = new Map<string, string>();
    for (const shard of allShards(map)) {
      for (const { id, body, fields } of await view.scan(shard, null, 10_000, null, deadline())) {
        if (found.has(id)) throw new Error(`${id} is there twice`);
        const belongs = shardOfDocument(placement, id, fields);
        if (belongs !== shard) throw new Error(`${id} lies on shard ${shard}, not ${belongs}`);
        found.set(id, String(JSON.parse(body).passage));
      }
    }
    return found;
  }

  async shards(): Promise<number> {
    return (await new Placements(this.#inner).read(this.record, deadline())).map.shards;
  }
}
