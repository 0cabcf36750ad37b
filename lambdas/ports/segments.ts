import type { Reference } from "../../shared/domain/segments.ts";

/** A segment of a collection's log that the blob store has. */
export interface StoredSegment {
  readonly name: string;
  /** By the clock of whoever wrote it, ms; whole hours, rounded up. */
  readonly writtenMs: number;
}

/**
 * Entries of the log that lie outside of it: immutable bytes, several entries in one. A name is never written again in a later hour, so
 * that no append names one that is old. Every method throws where they can't be reached.
 */
export interface Segments {
  /**
   * Writes what of an append's entries is too large for the log; durable and readable when it returns.
   * @returns where each entry lies; null for one that stays in the log
   */
  keep(
    incarnation: string,
    entries: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly (Reference | null)[]>;
  /** @returns by reference the entry; null where it is missing or does not have its digest (hex SHA-256) */
  read(
    incarnation: string,
    wanted: readonly { readonly reference: Reference; readonly digest: string }[],
    signal: AbortSignal,
  ): Promise<readonly (string | null)[]>;
  /** In no order. */
  list(incarnation: string, limit: number, signal: AbortSignal): Promise<readonly StoredSegment[]>;
  /** Harmless where there is none. */
  remove(incarnation: string, name: string, signal: AbortSignal): Promise<void>;
}
