import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { LogReading } from "./write-log.ts";

/** A log as it lies there, whether it may be read or not. */
export interface Inspection extends Pick<LogReading, "head" | "terms"> {
  /** False: it was restarted, or has lost something, since its last promotion. `head` is then where its entries end. */
  readonly stands: boolean;
  readonly term: number;
}

export interface Promotion {
  /** The term that is ended. */
  readonly seenTerm: number;
  /** The record as it is to be, with the new term and the new primary. */
  readonly next: CollectionRecord;
}

/** How the log gets another term. Every method throws Problem `log-unavailable` if the log can't be reached in time. */
export interface Promotions {
  /** Names the engine's present run; empty where it does not say. */
  run(signal: AbortSignal): Promise<string>;
  /** Null where the log holds no such collection. */
  inspect(record: CollectionRecord, signal: AbortSignal): Promise<Inspection | null>;
  /**
   * Raises the term, names the primary, and sets head to the last entry that the log has: one step, and only where the term is still
   * `seenTerm` and the registered record still `record`.
   *
   * @returns null where another promotion, or another change of the record, was first
   */
  promote(
    record: CollectionRecord,
    promotion: Promotion,
    signal: AbortSignal,
  ): Promise<LogReading | null>;
}
