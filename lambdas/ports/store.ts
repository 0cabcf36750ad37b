import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import type { FieldType } from "../../shared/domain/field-value.ts";
import type { FieldValue, Filter } from "../../shared/domain/filter.ts";
import type { IndexPlan } from "../../shared/domain/index-plan.ts";

/** What an engine can't hide. The contract suite reads it; see the suite's table of stated differences. */
export interface StoreTraits {
  readonly name: string;
  /** Views are pinned: what was applied after `openView` stays invisible in it. */
  readonly snapshotReads: boolean;
  /** Data is there after the process was killed. */
  readonly durable: boolean;
  /** Has full-text search: `match` works on layouts that ask for it. */
  readonly lexical: boolean;
  /** Filters may ask for a part of a text (`contains`, `lacks`); else they are refused with `invalid-filter`. */
  readonly substrings: boolean;
}

/** How one collection incarnation lies in a store. `key` is `[a-z0-9_]{1,64}`; it never changes meaning. */
export interface StoreLayout {
  readonly key: string;
  readonly shards: number;
  /** Keeps the rows' texts for `match`; only where the store's traits have it. */
  readonly lexical: boolean;
  readonly spaces: readonly {
    readonly name: string;
    readonly dimension: number;
    readonly metric: "cosine";
    /** How its vectors are found; left out, or `auto`: as the engine does by itself. */
    readonly index?: IndexPlan | undefined;
  }[];
  readonly fields: readonly { readonly name: string; readonly type: FieldType }[];
}

/** One passage of a document. A document has at least one row; passage counts from 0. */
export interface StoreRow {
  readonly passage: number;
  /** What a hit shows, as JSON; opaque to the store. */
  readonly body: string;
  /** Declared metadata fields, dates as milliseconds since 1970; null where the document lacks one. The same on each row of a document. */
  readonly fields: Readonly<Record<string, FieldValue | null>>;
  /** Unit vectors by space; null where the passage has none in that space. */
  readonly vectors: Readonly<Record<string, Float32Array | null>>;
  /** What `match` reads; left out where there is no text. */
  readonly text?: string;
}

/** The whole new state of a document: no rows means that it was deleted at `position`. */
export interface DocumentState {
  /** 1 to 512 bytes of UTF-8, any characters. */
  readonly id: string;
  readonly position: number;
  readonly rows: readonly StoreRow[];
}

export interface VectorQuery {
  readonly shard: number;
  readonly space: string;
  readonly vector: Float32Array;
  readonly k: number;
  readonly filter: Filter | null;
  /** Also give the rows' bodies: a search that needs no fusion is then done in one call. `known`: those that need no reading. */
  readonly bodies?: boolean | "known";
  /** Look at every row, whatever index there is. */
  readonly exact?: boolean;
}

/** How a shard was searched, for people. `scan` looks at every matching row and is exact; a graph is approximate; `words` is full-text. */
export interface SearchMethod {
  readonly kind: "scan" | "graph" | "words";
  /** In a few words, e.g. "no index yet: fewer than 8,000 vectors". */
  readonly because: string;
}

export interface Searched {
  readonly candidates: readonly Candidate[];
  readonly method: SearchMethod;
}

/** A search for the words of a text. */
export interface LexicalQuery {
  readonly shard: number;
  /** Plain words: nothing in it is syntax. */
  readonly text: string;
  readonly k: number;
  readonly filter: Filter | null;
  readonly bodies?: boolean | "known";
}

export interface Candidate {
  readonly id: string;
  readonly passage: number;
  readonly position: number;
  /** Higher is better: cosine similarity in [-1, 1]; of `match` BM25, > 0, by the statistics of the shard. */
  readonly similarity: number;
  /** Only where the query asked for bodies. */
  readonly body?: string;
}

/** A row as it is read back: every declared field, null where it has none; every space, or none if vectors were not asked for. */
export interface StoredRow extends Omit<StoreRow, "text"> {
  readonly id: string;
  readonly position: number;
}

/** A reader's handle on a collection, at one checkpoint where the engine can pin one. */
export interface StoreView {
  /**
   * The nearest live passages of a shard, best first, ties by (id, passage).
   * Law: min(k, matches) candidates, also under a filter; a passage without a vector in the space never matches.
   */
  search(query: VectorQuery, signal: AbortSignal): Promise<Searched>;
  /**
   * The live passages that have any of the text's words, best first, ties by (id, passage); words are compared without regard to
   * case and accents. Laws: min(k, matches) candidates, also under a filter; what was just written is found.
   *
   * @see Robertson, Zaragoza: "The Probabilistic Relevance Framework: BM25 and Beyond", 2009
   */
  match(query: LexicalQuery, signal: AbortSignal): Promise<Searched>;
  /**
   * All live rows of these documents of one shard, in (id, passage) order; unknown ids are left out, and where the engine pins no
   * view such as are being written. Vectors only if asked for.
   */
  documents(
    shard: number,
    ids: readonly string[],
    include: { readonly vectors: boolean },
    signal: AbortSignal,
  ): Promise<readonly StoredRow[]>;
  /** First passages of live documents, by id in code point order, after `after` (exclusive); at most `limit`. No vectors. */
  scan(
    shard: number,
    after: string | null,
    limit: number,
    filter: Filter | null,
    signal: AbortSignal,
  ): Promise<readonly StoredRow[]>;
  /** Number of live documents of a shard. */
  count(shard: number, filter: Filter | null, signal: AbortSignal): Promise<number>;
}

export interface VectorStore {
  readonly traits: StoreTraits;
  /** Creates what the collection needs; harmless when repeated. */
  prepare(layout: StoreLayout, signal: AbortSignal): Promise<void>;
  /**
   * Makes each document's live rows exactly the given ones. Laws: a document whose stored position is the same or newer is left
   * untouched (so repeats are harmless); ids within one call are distinct; a deleted document leaves a tombstone that no
   * read returns. All or nothing is not promised: readers are protected by the checkpoint's versions.
   *
   * @returns the shard's version after the call, or null where the engine can't pin one
   */
  apply(
    layout: StoreLayout,
    shard: number,
    documents: readonly DocumentState[],
    signal: AbortSignal,
  ): Promise<number | null>;
  /** Builds indexes and compacts where worth it, beside readers. Returns the shard's version, as `apply` does. */
  maintain(layout: StoreLayout, shard: number, signal: AbortSignal): Promise<number | null>;
  /** @throws Problem `copy-damaged` where the checkpoint says so */
  openView(layout: StoreLayout, checkpoint: Checkpoint, signal: AbortSignal): Promise<StoreView>;
  /** The newest checkpoint, or null for a collection that this store has never held. */
  readCheckpoint(layout: StoreLayout, signal: AbortSignal): Promise<Checkpoint | null>;
  /**
   * Compare-and-set: true if `previous` (null: none) was still the newest one and `next` now is. Durable when it returns,
   * if the engine is. One that only leads elsewhere may be written where nothing was prepared.
   */
  writeCheckpoint(
    layout: StoreLayout,
    previous: Checkpoint | null,
    next: Checkpoint,
    signal: AbortSignal,
  ): Promise<boolean>;
  /** Removes the rows and indexes of a layout that nobody reads any more, and keeps its checkpoint; harmless when repeated. */
  retire(layout: StoreLayout, signal: AbortSignal): Promise<void>;
  /** Removes all of a collection. */
  drop(layout: StoreLayout, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
