import type { Point } from "../../shared/domain/point.ts";
import type { RightUpTo } from "../../shared/domain/right-up-to.ts";

/** A list as its keeper reads it, with the records that it does not know yet. */
export interface LoadedList extends RightUpTo {
  /** Of this list: another one, begun after it was lost, has another. */
  readonly wid: string;
  /** Of the lease that wrote it last. */
  readonly fence: number;
  /** What was registered up to this number has been read. */
  readonly seq: number;
  /** Answers on the list. */
  readonly size: number;
  /** False where records are gone, so that answers are on the list of which nobody can say what alters them. */
  readonly whole: boolean;
  /** Whether `records` are all of the list's, or those since what was known. */
  readonly anew: boolean;
  readonly records: readonly { readonly entryId: string; readonly json: string }[];
}

/** A list that was begun, and what of it has been read. */
export interface KnownList {
  readonly wid: string;
  readonly seq: number;
}

/** One step of a list: what was written between two points was tested against what was read of the list. */
export interface ListStep {
  readonly known: KnownList;
  readonly fence: number;
  readonly from: Point;
  readonly to: RightUpTo;
  /** Entries that changes may have altered. */
  readonly drops: readonly string[];
}

/**
 * The watch list of each collection incarnation of a region: an answer that is on it is right up to the list's point. Absent, for
 * any reason, is unknown. Every method rejects where the region's Redis does not answer; losing a list costs hits, never truth.
 * Only the holder of the appliers' lease begins a list or moves it on.
 */
export interface WatchList {
  /**
   * Begins an empty list in the place of any other.
   * @param wid random, that no other list ever had
   * @returns false where a list of a newer fence stands
   */
  begin(
    incarnation: string,
    wid: string,
    fence: number,
    at: RightUpTo,
    signal: AbortSignal,
  ): Promise<boolean>;
  /**
   * Puts an answer on the list, with what decides whether a change alters it. The oldest give way where there are too many.
   *
   * @param at the point at which it was computed
   * @returns `refused` where the list is of another term, or further than the answer
   */
  register(
    incarnation: string,
    at: Point,
    entryId: string,
    record: string,
    signal: AbortSignal,
  ): Promise<"registered" | "refused" | "absent">;
  /** Null where there is no list. */
  load(
    incarnation: string,
    known: KnownList | null,
    signal: AbortSignal,
  ): Promise<LoadedList | null>;
  /**
   * Takes the drops off the list, and what was registered since it was read; then what is left is right up to `to`.
   * @returns false, with nothing done, where it is another list, an older fence, not at `from`, or not whole
   */
  publish(incarnation: string, step: ListStep, signal: AbortSignal): Promise<boolean>;
  /** Where the list stands at exactly this point, a later confirmation is its own. @returns whether it stands there, and has the entry */
  stands(
    incarnation: string,
    entryId: string | null,
    at: RightUpTo,
    signal: AbortSignal,
  ): Promise<boolean>;
  /** Ends the list: nothing can be registered until another one is begun. */
  end(incarnation: string, signal: AbortSignal): Promise<void>;
}
