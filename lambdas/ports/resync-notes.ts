import type { ShardMap } from "../../shared/contracts/shard-map.ts";

/** Tables that nobody needs, or will not for long. */
export interface SpentTables {
  readonly map: ShardMap;
  readonly tables: number;
  /** When they were begun, or left, by the region's wall clock. */
  readonly atMs: number;
}

/** `line`: the log has no way on from what is held; `content`: what is held is not what it should be. */
export type ResyncCause = "line" | "content";

/**
 * What a region notes of its resyncs, in its own Redis. Losing it costs time or disk, never truth: a collection that can't go on
 * is asked for again, and tables that were noted stay where they are.
 */
export interface ResyncNotes {
  /** The collection is to be built anew. */
  ask(incarnation: string, cause: ResyncCause, why: string, signal: AbortSignal): Promise<void>;
  /** Incarnations that are to be built anew. */
  asked(signal: AbortSignal): Promise<ReadonlyMap<string, ResyncCause>>;
  settle(incarnation: string, signal: AbortSignal): Promise<void>;
  /** Tables that are being made, or were left: to be removed once they are neither needed nor read. */
  addSpent(incarnation: string, spent: SpentTables, signal: AbortSignal): Promise<void>;
  spent(incarnation: string, signal: AbortSignal): Promise<readonly SpentTables[]>;
  removeSpent(incarnation: string, spent: SpentTables, signal: AbortSignal): Promise<void>;
}
