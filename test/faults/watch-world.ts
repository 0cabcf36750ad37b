import { randomUUID } from "node:crypto";
import { openMemoryStore } from "../../lambdas/adapters/memory-store.ts";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import { UpstashLog } from "../../lambdas/adapters/upstash-log.ts";
import { UpstashWatchList } from "../../lambdas/adapters/upstash-watch-list.ts";
import { Placements } from "../../lambdas/catalog/placements.ts";
import type { OpenedRead } from "../../lambdas/freshness/reader.ts";
import type { WatchList } from "../../lambdas/ports/watch-list.ts";
import type { Applied } from "../../lambdas/watch/keeper.ts";
import { Registrar } from "../../lambdas/watch/registrar.ts";
import type { CacheEntry } from "../../shared/contracts/cache-entry.ts";
import { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { LogEntry } from "../../shared/contracts/log-entry.ts";
import { RegionQuery } from "../../shared/contracts/query.ts";
import { watchedField, watchListKeys } from "../../shared/contracts/watch-list.ts";
import type { LogTime } from "../../shared/domain/log-clock.ts";
import { assert, required } from "../../shared/std/assert.ts";
import { encodeVector } from "../../shared/std/bytes.ts";
import { randomName, type Random } from "../../shared/std/random.ts";
import { UpstashRegionStore } from "../../workers/adapters/upstash-region-store.ts";
import { Revalidator } from "../../workers/cache/revalidate.ts";
import type { RunningRedis } from "../suites/start-redis.ts";
import type { Bug, SeenByBugs } from "./watch-bug.ts";
import { DIRECTIONS, exactSearch, unitOf } from "./exact-search.ts";
import { Holder } from "./watch-holder.ts";
import { answerOf } from "./watched-collection.ts";
import { smallSegments } from "../suites/small-segments.ts";

const REGION = "eu-central-1";
const K = 3;
const IDS = 9;
const signal = () => AbortSignal.timeout(20_000);

/** A copy of an answer, as a location holds it, and what was asked. */
interface Copy {
  entry: CacheEntry;
  readonly query: number;
}

/**
 * One collection in one region, with two processes that apply, a location that holds copies, and a reader between its search and
 * its registration: on the real log, leases, watch list and edge look, over the store in memory. Steps come in any order, holders die and
 * wake late, and what Redis holds is lost in parts. After each look every copy is compared with an exact search at its point.
 */
export class WatchWorld implements SeenByBugs {
  readonly redis: ReturnType<typeof createUpstashClient>;
  readonly #log: UpstashLog;
  readonly #random: Random;
  readonly #bug: Bug;
  readonly #store = openMemoryStore();
  readonly #watch: WatchList;
  readonly #revalidator: Revalidator;
  readonly #holders: Holder[];
  readonly #times: LogTime[] = [];
  readonly #entries: LogEntry[] = [];
  #copies: Copy[] = [];
  /** Between its search and its registration. */
  #reader: (() => Promise<void>) | null = null;
  record: CollectionRecord;
  /** Entry ids by query, for a bug that mixes them up. */
  readonly idsByQuery = new Map<number, string[]>();
  /** From where the last holder applied. */
  appliedFrom: Applied["from"] | null = null;
  hits = 0;

  constructor(redis: RunningRedis, random: Random, bug: Bug) {
    this.redis = createUpstashClient(redis.url, redis.token);
    this.#log = new UpstashLog(this.redis, smallSegments());
    this.#random = random;
    this.#bug = bug;
    const list = new UpstashWatchList(this.redis);
    this.#watch = bug.list?.(list, this) ?? list;
    const entry = { name: REGION, latitude: 0, longitude: 0, redisUrl: redis.url };
    const store = new UpstashRegionStore(entry, redis.token);
    this.#revalidator = new Revalidator({
      stores: new Map([[REGION, bug.store?.(store, this) ?? store]]),
      nowMs: () => performance.now(),
      readMsMax: () => 5_000,
      onFailure: () => {
        throw new Error("the list could not be read");
      },
    });
    this.record = CollectionRecord.parse({
      tenant: "t",
      name: randomUUID(),
      incarnation: randomName(12, Math.random), // Another one in each run: they share a Redis.
      primary: REGION,
      term: 1,
      schemaVersion: 1,
      spaces: { v: { model: "none", digest: null, dimension: 2, metric: "cosine", weight: 1 } },
      fields: {},
      lexical: null,
      shardMaps: [{ version: 1, shards: 2, key: { by: "id" } }],
    });
    this.#holders = [this.#start(), this.#start()];
  }

  async create(): Promise<void> {
    this.record = await this.#log.register(this.record, signal());
    for (let i = 0; i < 4; i++) await this.#write();
    await this.#apply(0);
  }

  /** One step, chosen by chance. @throws Error where a copy is not what it says */
  async step(): Promise<void> {
    const dice = this.#random() * 100;
    const holder = this.#pick(this.#holders.length);
    if (dice < 22) await this.#write();
    else if (dice < 42) await this.#apply(holder);
    else if (dice < 47) await this.#applyAndDie(holder);
    else if (dice < 54) await this.#pause(holder);
    else if (dice < 58) await this.#race(holder);
    else if (dice < 63) await this.wake();
    else if (dice < 78) await this.#ask();
    else if (dice < 86) await this.#register();
    else if (dice < 97) await this.look();
    else await this.#lose();
  }

  async look(): Promise<void> {
    const listed = this.#copies.filter(({ entry }) => entry.watch === "on");
    if (listed.length > 0) {
      const before = listed.map(({ entry }) => entry);
      const after = required(await this.#revalidator.look(before), "the list was read");
      const standing = await this.#watch.load(this.record.incarnation, null, signal());
      for (const [i, copy] of listed.entries()) {
        const [was, is] = [required(before[i], "asked"), required(after[i], "told")];
        copy.entry = this.#bug.told?.(was, is, standing) ?? is;
        if (is.watch === "on") this.hits += 1;
      }
    }
    for (const copy of this.#copies) this.#check(copy);
    this.#copies = this.#copies.filter(({ entry }) => entry.watch === "on").slice(-12);
  }

  #check({ entry: { answer, point, confirmed, entryId }, query }: Copy): void {
    const right = exactSearch(this.#entries.slice(0, point.position), query, K).join(" ");
    if (answer !== right)
      throw new Error(`${entryId} at position ${point.position} has ${answer}, not ${right}`);
    if (confirmed === null) return;
    const missed = this.#times.findIndex(
      (at, i) => i + 1 > point.position && at.timeMs < confirmed.timeMs,
    );
    if (missed !== -1)
      throw new Error(`${entryId} at ${point.position} lacks ${missed + 1}, appended before its T`);
  }

  async #write(): Promise<void> {
    const id = `d${this.#pick(IDS)}`;
    const n = this.#pick(DIRECTIONS);
    const common = { v: 1, id, createdBy: "k" } as const;
    const passage = { vectors: { v: encodeVector(unitOf(n)) } };
    const entry: LogEntry =
      this.#random() < 0.2
        ? { ...common, kind: "delete" }
        : { ...common, kind: "put", text: String(n), passages: [passage] };
    const scope = randomUUID();
    const request = { idempotencyScope: scope, requestDigest: scope, held: null };
    const entries = [JSON.stringify(entry)];
    const appended = await this.#log.append(this.record, { ...request, entries }, signal());
    if (appended.kind !== "appended") throw new Error(appended.kind);
    this.#entries.push(entry);
    this.#times.push(appended.now);
  }

  async #apply(holder: number): Promise<void> {
    await this.#holder(holder).apply(this.record);
  }

  /** The holder is gone between its checkpoint and its list. */
  async #applyAndDie(holder: number): Promise<void> {
    if (await this.#holder(holder).applyAndDie(this.record)) this.#holders[holder] = this.#start();
  }

  /** The holder stands still with its step in its hand, and its lease ends. */
  async #pause(holder: number): Promise<void> {
    await this.#holder(holder).pause(this.record);
    await this.redis.del(`nf:{${this.record.incarnation}}:lease`);
  }

  /** What a pause is there for: a reader that has searched before a write registers while the write's step is on its way. */
  async #race(holder: number): Promise<void> {
    await this.wake();
    await this.#apply(holder);
    await this.#ask(false);
    for (let i = this.#pick(3); i >= 0; i--) await this.#write();
    await this.#pause(holder);
    await this.#register();
    if (this.#random() < 0.3) await this.#lose();
    await this.wake();
    await this.look();
  }

  /** Lets whoever stands still go on. */
  async wake(): Promise<void> {
    for (const holder of this.#holders) await holder.wake();
  }

  /** A location asks: its copy can be used at once, and registered later. */
  async #ask(registers = this.#random() < 0.6): Promise<void> {
    const query = this.#pick(DIRECTIONS);
    const opened = await this.#open();
    const wire = { queries: [{ vector: [...unitOf(query)], space: "v" }], k: K };
    const asked = required(await answerOf(opened, RegionQuery.parse(wire)), "it has an answer");
    if (this.#bug.pointAfterLegs === true && this.#random() < 0.5) {
      await this.#write();
      await this.#apply(0);
    }
    const { served } = this.#bug.pointAfterLegs === true ? await this.#open() : opened;
    const entryId = randomUUID();
    const entry: CacheEntry = {
      v: 3,
      incarnation: this.record.incarnation,
      map: 1,
      entryId,
      watch: "unasked",
      point: served.point,
      confirmed: served.confirmed,
      madeMs: 0,
      region: REGION,
      answer: asked.hits.map(({ id }) => id).join(" "),
      coverage: { shards: 2, answered: 2, missing: [] },
    };
    const copy: Copy = { entry, query };
    this.#copies.push(copy);
    await this.#register();
    this.#reader = async () => {
      const watch = await this.#registrar().register(
        this.record,
        served,
        entryId,
        asked.ranked,
        signal(),
      );
      this.idsByQuery.set(query, [...(this.idsByQuery.get(query) ?? []), entryId]);
      copy.entry = { ...copy.entry, watch };
    };
    if (registers) await this.#register();
  }

  async #register(): Promise<void> {
    const reader = this.#reader;
    this.#reader = null;
    await reader?.();
  }

  async #open(): Promise<OpenedRead> {
    const placements = new Placements(this.#store);
    const { map, layout, checkpoint } = await placements.read(this.record, signal());
    const { point, confirmed } = required(checkpoint, "the region holds something");
    const view = await this.#store.openView(layout, required(checkpoint, "held"), signal());
    const { incarnation } = this.record;
    return {
      collection: this.record,
      unfilled: [],
      layout,
      view,
      placement: placements.placement(this.record, map),
      served: { region: REGION, incarnation, map: map.version, point, confirmed, now: null },
    };
  }

  /** Redis lets go of what it holds, whole or in parts. */
  async #lose(): Promise<void> {
    const { list, records } = watchListKeys(this.record.incarnation);
    const of = this.#copies[this.#pick(this.#copies.length)];
    const what = this.#pick(4);
    if (what === 0) await this.redis.del(list);
    else if (what === 1) await this.redis.del(records);
    else if (what === 2) await this.redis.del(list, records);
    else if (of !== undefined) await this.redis.hdel(list, watchedField(of.entry.entryId));
  }

  #registrar(): Registrar {
    return new Registrar({
      watches: true,
      watch: this.#watch,
      beginList: () => this.#apply(0),
      nowMs: () => performance.now(),
      newId: randomUUID,
      onFailure: (_, error) => assert(false, String(error)),
    });
  }

  #start(): Holder {
    return new Holder({
      redis: this.redis,
      log: this.#log,
      store: this.#store,
      watch: this.#watch,
      onApplied: ({ from }) => (this.appliedFrom = from),
    });
  }

  #holder = (index: number) => required(this.#holders[index], "there is such a holder");

  #pick(count: number) {
    return Math.floor(this.#random() * count);
  }
}
