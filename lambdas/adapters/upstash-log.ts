import type { Redis } from "@upstash/redis";
import { CollectionRecord, type LaidOutCollection } from "../../shared/contracts/collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { collectionMoved, Problem } from "../../shared/contracts/problems.ts";
import type { ShardMap } from "../../shared/contracts/shard-map.ts";
import { FIRST_TERM, originPoint } from "../../shared/domain/point.ts";
import { canonicalJson } from "../../shared/std/canonical-json.ts";
import type { Segments } from "../ports/segments.ts";
import type {
  AppendOutcome,
  AppendRequest,
  LoggedEntry,
  LogReading,
  Taken,
  WriteLog,
} from "../ports/write-log.ts";
import {
  ALIASES,
  DIRTY_SETS,
  dirtyKey,
  headKey,
  idempotencyKey,
  recordField,
  REGISTRY,
  streamKey,
} from "./log-keys.ts";
import { askLog, evalLog } from "./ask-log.ts";
import { keepEntries, readEntries } from "./log-entries.ts";
import {
  nameTaken,
  readEntry,
  readReading,
  readTaken,
  refuseUnread,
  texts,
} from "./log-replies.ts";
import { AMEND, APPEND, CONFIRM, DIRTY, PULL, REGISTER, TAKEN } from "./log-scripts.ts";

export const COLLECTIONS_MAX = 1_000;
const IDEMPOTENCY_MS = 24 * 3_600_000;

/** The log on Redis, behind Upstash's REST protocol. Durable as far as that Redis is (appendfsync always). */
export class UpstashLog implements WriteLog {
  readonly #redis: Redis;
  readonly #segments: Segments;

  /** @param segments of all collections: what is too large for Redis */
  constructor(redis: Redis, segments: Segments) {
    this.#redis = redis;
    this.#segments = segments;
  }

  async register(record: CollectionRecord, signal: AbortSignal): Promise<CollectionRecord> {
    const json = JSON.stringify(record);
    const { incarnation, term, primary, schemaVersion } = record;
    const args = [
      recordField(record.tenant, record.name),
      json,
      incarnation,
      term,
      primary,
      originPoint(incarnation, FIRST_TERM).chain,
      schemaVersion,
      COLLECTIONS_MAX,
    ];
    const [outcome, standing] = texts(
      await evalLog(this.#redis, REGISTER, [REGISTRY, headKey(incarnation), ALIASES], args, signal),
    );
    if (outcome === "alias") throw nameTaken(record.name);
    if (outcome === "full" || standing === undefined)
      throw new Problem("limit-exceeded", `There are ${COLLECTIONS_MAX} collections already.`);
    return CollectionRecord.parse(JSON.parse(standing));
  }

  async collections(signal: AbortSignal): Promise<readonly CollectionRecord[]> {
    const values = await askLog(this.#redis.hvals(REGISTRY) as Promise<readonly unknown[]>, signal);
    return values.map((json) => CollectionRecord.parse(JSON.parse(String(json))));
  }

  async collection(
    tenant: string,
    name: string,
    signal: AbortSignal,
  ): Promise<CollectionRecord | null> {
    const json = await askLog(
      this.#redis.hget<string>(REGISTRY, recordField(tenant, name)),
      signal,
    );
    return json === null ? null : CollectionRecord.parse(JSON.parse(json));
  }

  async addShardMap(
    record: CollectionRecord,
    map: ShardMap,
    signal: AbortSignal,
  ): Promise<CollectionRecord> {
    const name = recordField(record.tenant, record.name);
    const json = await askLog(this.#redis.hget<string>(REGISTRY, name), signal);
    if (json === null) throw new Problem("not-found", "The log holds no such collection.");
    const standing = CollectionRecord.parse(JSON.parse(json));
    if (standing.incarnation !== record.incarnation) throw collectionMoved();
    if (canonicalJson(standing.shardMaps) !== canonicalJson(record.shardMaps)) return standing;
    const shardMaps = [...standing.shardMaps, map].slice(-LIMITS.shardMapsMax);
    const amended = JSON.stringify({ ...standing, shardMaps });
    const stands = await evalLog(this.#redis, AMEND, [REGISTRY], [name, json, amended], signal);
    return CollectionRecord.parse(JSON.parse(String(stands)));
  }

  async append(
    record: LaidOutCollection,
    request: AppendRequest,
    signal: AbortSignal,
  ): Promise<AppendOutcome> {
    const { incarnation, term, schemaVersion } = record;
    let kept: readonly string[];
    try {
      kept = await keepEntries(this.#segments, incarnation, request.entries, signal);
    } catch (cause) {
      // It may be a repetition. Not thrown: unlike that of a call to the log this outcome is known.
      return (await this.taken(record, request, signal)) ?? { kind: "segments-unavailable", cause };
    }
    const keys = [
      headKey(incarnation),
      streamKey(incarnation),
      idempotencyKey(incarnation, request.idempotencyScope),
      dirtyKey(incarnation),
    ];
    const args = [
      incarnation,
      term,
      schemaVersion,
      request.requestDigest,
      IDEMPOTENCY_MS,
      request.entries.length,
      request.held?.position ?? 0,
      request.held?.chain ?? "",
      request.held?.term ?? 0,
      request.raisesSchema === true ? 1 : 0,
    ];
    const reply = texts(await evalLog(this.#redis, APPEND, keys, [...args, ...kept], signal));
    const kind = reply[0];
    switch (kind) {
      case "appended":
      case "repeated":
        return readTaken(kind, reply);
      case "idempotency-mismatch":
      case "stale-term":
      case "stale-schema":
      case "unknown-collection":
      case "collection-moved":
      case "log-restarted":
      case "storage-full":
      case "write-backpressure":
        return { kind };
      default:
        throw new Problem("log-unavailable", "The log gave an answer that is not one of its own.");
    }
  }

  async taken(
    { incarnation }: LaidOutCollection,
    { idempotencyScope, requestDigest }: Pick<AppendRequest, "idempotencyScope" | "requestDigest">,
    signal: AbortSignal,
  ): Promise<Taken | { readonly kind: "idempotency-mismatch" } | null> {
    const keys = [
      headKey(incarnation),
      streamKey(incarnation),
      idempotencyKey(incarnation, idempotencyScope),
    ];
    const reply = texts(
      await evalLog(this.#redis, TAKEN, keys, [incarnation, requestDigest], signal),
    );
    refuseUnread(reply[0]);
    if (reply[0] === "repeated") return readTaken(reply[0], reply);
    return reply[0] === "idempotency-mismatch" ? { kind: reply[0] } : null;
  }

  async pull(
    record: LaidOutCollection,
    fromPosition: number,
    signal: AbortSignal,
  ): Promise<LogReading & { entries: LoggedEntry[]; start: number }> {
    const keys = [headKey(record.incarnation), streamKey(record.incarnation)];
    const args = [
      record.incarnation,
      fromPosition,
      LIMITS.appendEntriesMax,
      LIMITS.redisCallBytesMax / 2, // Half of what one reply may hold: the entries are quoted as JSON on their way.
      LIMITS.pulledBytesMax,
    ];
    const reply = await evalLog(this.#redis, PULL, keys, args, signal);
    const reading = readReading(Array.isArray(reply) ? reply.slice(0, 9) : reply);
    const rows: unknown = Array.isArray(reply) ? reply[9] : undefined;
    const start = Number(Array.isArray(reply) ? reply[10] : undefined);
    const logged = Array.isArray(rows) ? rows.map(readEntry) : [];
    const entries = await readEntries(this.#segments, record.incarnation, logged, signal);
    return { ...reading, start, entries };
  }

  async confirm(record: LaidOutCollection, signal: AbortSignal): Promise<LogReading> {
    const keys = [headKey(record.incarnation), streamKey(record.incarnation)];
    return readReading(await evalLog(this.#redis, CONFIRM, keys, [record.incarnation], signal));
  }

  async dirty(
    sinceMs: number,
    signal: AbortSignal,
  ): Promise<{ incarnations: string[]; nowMs: number }> {
    const keys = Array.from({ length: DIRTY_SETS }, (_, i) => `nf:dirty:${i}`);
    const reply = await evalLog(
      this.#redis,
      DIRTY,
      keys,
      [Math.max(0, Math.floor(sinceMs))],
      signal,
    );
    const found: unknown = Array.isArray(reply) ? reply[1] : undefined;
    return { nowMs: Number(texts(reply)[0]), incarnations: texts(found) };
  }
}
