import type { CollectionRecord, LaidOutCollection } from "../../shared/contracts/collection.ts";
import type { ShardMap } from "../../shared/contracts/shard-map.ts";
import type { LogTime } from "../../shared/domain/log-clock.ts";
import type { TermStart } from "../../shared/domain/line.ts";
import type { Point } from "../../shared/domain/point.ts";

/** Where a collection's log ends, read together with the log's own time, whose term is the log's: `head` has its last entry's. */
export interface LogReading {
  readonly head: Point;
  /** Of the terms that have entries, where these begin, ascending. */
  readonly terms: readonly TermStart[];
  readonly now: LogTime;
}

export interface AppendRequest {
  /** Digest of tenant, collection, caller and idempotency key. */
  readonly idempotencyScope: string;
  /** Digest of the canonical request: the same key with another one is refused. */
  readonly requestDigest: string;
  /** What the caller's region holds: a log of the same term that ends before it has lost its tail. Null if it holds nothing yet. */
  readonly held: Point | null;
  /** 1 to `LIMITS.appendEntriesMax` entries as JSON texts. */
  readonly entries: readonly string[];
  /** The log is to be at the record's schema version from here on; where it is already, nothing is appended. */
  readonly raisesSchema?: boolean;
}

/** Entries that the log holds. */
export interface Taken {
  readonly kind: "appended" | "repeated";
  /** Of the last of them. */
  readonly point: Point;
  readonly now: LogTime;
  /** How many: a repeated append may have had another number of entries than this one. */
  readonly count: number;
}

export type AppendOutcome =
  | Taken
  | {
      readonly kind:
        | "idempotency-mismatch"
        | "stale-term"
        | "stale-schema"
        | "unknown-collection"
        | "log-restarted"
        /** The log's memory is nearly full, or filling: nothing was appended. */
        | "storage-full"
        | "write-backpressure";
    }
  /** What is too large for the log could not be written beside it: nothing was appended. */
  | { readonly kind: "segments-unavailable"; readonly cause: unknown };

export interface LoggedEntry {
  readonly position: number;
  readonly term: number;
  /** Empty where it lay in a segment that is missing or was altered. */
  readonly json: string;
  /** Hex SHA-256 of the entry, as the writer gave it: also of one that is empty. */
  readonly digest: string;
  /** The chain after this entry. */
  readonly chain: string;
  /** Log time of its append. */
  readonly at: LogTime;
}

/**
 * The log: the only source of truth. Every method throws Problem `log-unavailable` if the log can't be reached in time, or if it was
 * restarted or has lost something since its last promotion (`append` tells that as an outcome);
 * after a failed `append` the outcome is unknown, and the same request may be repeated.
 */
export interface WriteLog {
  /** Registers a new collection with an empty log. Returns the record that stands: another one if the name was taken. */
  register(record: CollectionRecord, signal: AbortSignal): Promise<CollectionRecord>;
  /** All registered collections. */
  collections(signal: AbortSignal): Promise<readonly CollectionRecord[]>;
  collection(tenant: string, name: string, signal: AbortSignal): Promise<CollectionRecord | null>;
  /**
   * Gives a collection another shard map. Compare-and-set: only where the registered record still has the given one's maps.
   * @returns the record that stands
   */
  addShardMap(
    record: CollectionRecord,
    map: ShardMap,
    signal: AbortSignal,
  ): Promise<CollectionRecord>;
  /**
   * Durable when it returns; entries get dense positions in the given order, all or none. Entries of another schema version than
   * the log's are refused.
   */
  append(
    record: LaidOutCollection,
    request: AppendRequest,
    signal: AbortSignal,
  ): Promise<AppendOutcome>;
  /** What an append of that key and digest took; null where there was none. */
  taken(
    record: LaidOutCollection,
    request: Pick<AppendRequest, "idempotencyScope" | "requestDigest">,
    signal: AbortSignal,
  ): Promise<Taken | { readonly kind: "idempotency-mismatch" } | null>;
  /**
   * Entries from a position on, at most as many as fit one reply, with a reading made in the same step, and what lies in segments. `start`: the first position
   * that the log was not trimmed of; asked for what is before it, it gives no entries.
   */
  pull(
    record: LaidOutCollection,
    fromPosition: number,
    signal: AbortSignal,
  ): Promise<LogReading & { readonly entries: readonly LoggedEntry[]; readonly start: number }>;
  confirm(record: LaidOutCollection, signal: AbortSignal): Promise<LogReading>;
  /** Incarnations written since a moment of the engine's clock (ms), and that clock now. */
  dirty(
    sinceMs: number,
    signal: AbortSignal,
  ): Promise<{ readonly incarnations: readonly string[]; readonly nowMs: number }>;
}
