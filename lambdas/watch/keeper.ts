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

interface Remembered {
  readonly known: KnownList;
  readonly answers: WatchedAnswers;
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
    await this.#guard(keeping, signal, (within) => this.#publish(keeping, applied, within));
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
      // Whether it was done is unknown: what the list says next time counts.
      this.#remembered.delete(collection.incarnation);
      this.#deps.onFailure(collection.name, error);
    }
  }

  async #publish(keeping: Keeping, applied: Applied, signal: AbortSignal): Promise<void> {
    const { watch, log } = this.#deps;
    const { collection, fence } = keeping;
    const { to } = applied;
    const { incarnation } = collection;
    const before = this.#remembered.get(incarnation) ?? null;
    const list = await watch.load(incarnation, before?.known ?? null, signal);
    if (list === null) return this.#begin(keeping, to, signal);
    if (list.fence > fence || list.point.position > to.point.position) return; // Somebody else's turn, or nothing new to say.
    if (!list.whole) return this.#begin(keeping, to, signal);
    const { answers, unreadable } = this.#remember(collection, before, list);
    if (samePoint(list.point, to.point)) {
      await watch.stands(incarnation, null, to, signal);
      return;
    }
    // The list's own cursor, not the checkpoint that was applied from: an earlier holder may have died between the two.
    const entries = samePoint(list.point, applied.from)
      ? applied.entries
      : await entriesBetween(log, collection, list.point, to.point, signal);
    const changes = entries === null ? null : changesOf(collection, entries);
    if (changes === null) return this.#begin(keeping, to, signal);
    const passages = changes.reduce((sum, change) => sum + change.passages.length, 0);
    if (passages * answers.rows > PRODUCTS_MAX) return this.#begin(keeping, to, signal);
    const drops = [...answers.altered(changes), ...unreadable];
    const known = { wid: list.wid, seq: list.seq };
    const step = { known, fence, from: list.point, to, drops };
    const done = await watch.publish(incarnation, step, signal);
    for (const entryId of drops) answers.remove(entryId);
    if (done && answers.size <= 2 * list.size + GONE_MAX)
      this.#remembered.set(incarnation, { known, answers });
    else this.#remembered.delete(incarnation);
  }

  async #begin({ collection, fence }: Keeping, at: RightUpTo, signal: AbortSignal): Promise<void> {
    const { watch, newId } = this.#deps;
    this.#remembered.delete(collection.incarnation);
    await watch.begin(collection.incarnation, newId(), fence, at, signal);
  }

  /** What was known of the list and what is new on it; ids of those whose records say nothing to this release. */
  #remember(
    collection: LaidOutCollection,
    before: Remembered | null,
    list: LoadedList,
  ): { answers: WatchedAnswers; unreadable: string[] } {
    const answers = list.anew || before === null ? new WatchedAnswers() : before.answers;
    const unreadable: string[] = [];
    for (const { entryId, json } of list.records) {
      const watched = readRecord(collection, json);
      if (watched === null) unreadable.push(entryId);
      else answers.add(entryId, watched);
    }
    if (unreadable.length === 0)
      this.#remembered.set(collection.incarnation, {
        known: { wid: list.wid, seq: list.seq },
        answers,
      });
    return { answers, unreadable };
  }
}

function readRecord(collection: LaidOutCollection, json: string): Watched | null {
  try {
    return readWatchRecord(WatchRecord.parse(JSON.parse(json)), collection.fields);
  } catch {
    return null; // Of another release: the answer is dropped, and said to be.
  }
}
