import { LRUCache } from "lru-cache";
import type { LaidOutCollection } from "../../shared/contracts/collection.ts";
import { readWatchRecord, WatchRecord } from "../../shared/contracts/watch-record.ts";
import { samePoint, type Point } from "../../shared/domain/point.ts";
import type { RightUpTo } from "../../shared/domain/right-up-to.ts";
import type { Watched } from "../../shared/domain/watch.ts";
import { WatchedAnswers } from "../../shared/domain/watched-answers.ts";
import type { KnownList, LoadedList, WatchList } from "../ports/watch-list.ts";
import type { WriteLog } from "../ports/write-log.ts";
import type { ReadEntry } from "../replicate/judge.ts";
import { changesOf } from "./changes.ts";
import { entriesBetween } from "./entries-between.ts";

export interface KeeperDeps {
  readonly watch: WatchList;
  readonly log: WriteLog;
  /** A name that nothing else has ever had. */
  readonly newId: () => string;
  /** Hears of a list that could not be kept; until it is, its answers are asked about in the region. */
  readonly onFailure: (collection: string, error: unknown) => void;
}

/** What the holder of the appliers' lease has just put into the checkpoint. */
export interface Applied {
  readonly from: Point;
  readonly to: RightUpTo;
  /** Between the two. */
  readonly entries: readonly ReadEntry[];
  /** The collection's log has ended. */
  readonly sealed: boolean;
}

/** Whose list it is, and by which lease. */
export interface Keeping {
  /** As it lies on the shards that were applied to. */
  readonly collection: LaidOutCollection;
  readonly fence: number;
}

/** Longest that an apply waits for its list. */
const KEEP_MS_MAX = 1_500;
/** Answers of all lists together that a process remembers: some 5 KB each. */
const REMEMBERED_MAX = 20_000;
/**
 * Products of a passage's vector with a watched one that one batch may take, some 0.2 s at 384 dimensions. A larger batch drops
 * the list: what is written that fast alters most answers anyway.
 */
const PRODUCTS_MAX = 400_000;
/** What is remembered but on the list no more is tested for nothing: so much of it is borne. */
const GONE_MAX = 1_000;

/** A list, as far as it was read. */
interface Remembered {
  readonly known: KnownList;
  readonly answers: WatchedAnswers;
  /** Ids of answers whose records say nothing to this release: they are to be dropped. */
  readonly unreadable: ReadonlySet<string>;
}

/**
 * Keeps the watch lists of a region: tests what was applied against the answers on them, and moves them on. Only for the holder
 * of the appliers' lease, after the checkpoint. A list is never in the way of a write: what fails here costs hits.
 */
export class WatchKeeper {
  readonly #deps: KeeperDeps;
  /** Lists as they were read, by incarnation: only what was registered since has to be read again. */
  readonly #remembered = new LRUCache<string, Remembered>({
    maxSize: REMEMBERED_MAX,
    sizeCalculation: ({ answers }) => answers.size + 1,
  });

  constructor(deps: KeeperDeps) {
    this.#deps = deps;
  }

  async applied(keeping: Keeping, applied: Applied, signal: AbortSignal): Promise<void> {
    await this.#guard(keeping, signal, (within) =>
      applied.sealed
        ? this.#end(keeping.collection, within)
        : this.#publish(keeping, applied, within),
    );
  }

  /** Ends the list for ever: the collection is sealed. */
  async ended(keeping: Keeping, signal: AbortSignal): Promise<void> {
    await this.#guard(keeping, signal, (within) => this.#end(keeping.collection, within));
  }

  /** Begins the list anew: of nothing on it is known what alters it from here on. */
  async anew(keeping: Keeping, at: RightUpTo, signal: AbortSignal): Promise<void> {
    await this.#guard(keeping, signal, (within) => this.#begin(keeping, at, within));
  }

  async #guard(
    { collection }: Keeping,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    try {
      await work(AbortSignal.any([signal, AbortSignal.timeout(KEEP_MS_MAX)]));
    } catch (error) {
      // Where the list stands is read next time; what was read of its records stays right.
      this.#deps.onFailure(collection.name, error);
    }
  }

  async #publish(keeping: Keeping, applied: Applied, signal: AbortSignal): Promise<void> {
    const { collection, fence } = keeping;
    const { from, to } = applied;
    const list = await this.#load(collection, signal);
    if (list === null || !list.whole || isOfLostTail(list.point, to.point))
      return this.#begin(keeping, to, signal);
    if (list.fence > fence || list.point.position > to.point.position) return; // Somebody else's turn, or nothing new to say.
    const { watch, log } = this.#deps;
    if (samePoint(list.point, to.point)) {
      await watch.stands(collection.incarnation, null, to, signal);
      return;
    }
    // The list's own cursor, not the checkpoint that was applied from: an earlier holder may have died between the two.
    const entries = samePoint(list.point, from)
      ? applied.entries
      : await entriesBetween(log, collection, list.point, to.point, signal);
    const changes = entries === null ? null : changesOf(collection, entries);
    if (changes === null) return this.#begin(keeping, to, signal);
    const { known, answers, unreadable } = list.remembered;
    const passages = changes.reduce((sum, change) => sum + change.passages.length, 0);
    if (passages * answers.rows > PRODUCTS_MAX) return this.#begin(keeping, to, signal);
    const drops = [...answers.altered(changes), ...unreadable];
    const step = { known, fence, from: list.point, to, drops };
    if (!(await watch.publish(collection.incarnation, step, signal))) return;
    answers.remove(drops);
    if (answers.size > 2 * list.size + GONE_MAX) this.#remembered.delete(collection.incarnation);
    else this.#remembered.set(collection.incarnation, { known, answers, unreadable: new Set() });
  }

  /** Reads what is not known of a list yet. Where time ends before the list does, the next run goes on behind what was read. */
  async #load(
    collection: LaidOutCollection,
    signal: AbortSignal,
  ): Promise<(LoadedList & { readonly remembered: Remembered }) | null> {
    const { watch } = this.#deps;
    for (;;) {
      const before = this.#remembered.get(collection.incarnation) ?? null;
      const page = await watch.load(collection.incarnation, before?.known ?? null, signal);
      if (page === null) return null;
      const remembered = this.#remember(collection, page.anew ? null : before, page);
      // Where the last page stands counts: what is on a list is right up to where it stands, whenever it was read.
      if (!page.more || !page.whole) return { ...page, remembered };
    }
  }

  async #begin({ collection, fence }: Keeping, at: RightUpTo, signal: AbortSignal): Promise<void> {
    const { watch, newId } = this.#deps;
    this.#remembered.delete(collection.incarnation);
    await watch.begin(collection.incarnation, newId(), fence, at, signal);
  }

  async #end({ incarnation }: LaidOutCollection, signal: AbortSignal): Promise<void> {
    this.#remembered.delete(incarnation);
    await this.#deps.watch.end(incarnation, signal);
  }

  #remember(
    collection: LaidOutCollection,
    before: Remembered | null,
    list: LoadedList,
  ): Remembered {
    const answers = before?.answers ?? new WatchedAnswers();
    const unreadable = new Set(before?.unreadable);
    for (const { entryId, json } of list.records) {
      const watched = readRecord(collection, json);
      if (watched === null) unreadable.add(entryId);
      else answers.add(entryId, watched);
    }
    const remembered = { known: { wid: list.wid, seq: list.seq }, answers, unreadable };
    this.#remembered.set(collection.incarnation, remembered);
    return remembered;
  }
}

/** This position, or an earlier one, is of a later term: so the list's point is not on this line. */
function isOfLostTail(list: Point, { term, position }: Point): boolean {
  return list.term < term && list.position >= position;
}

function readRecord(collection: LaidOutCollection, json: string): Watched | null {
  try {
    return readWatchRecord(WatchRecord.parse(JSON.parse(json)), collection.fields);
  } catch {
    return null; // Of another release: the answer is dropped, and said to be.
  }
}
