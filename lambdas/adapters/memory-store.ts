import { requireUndamaged, type Checkpoint } from "../../shared/contracts/checkpoint.ts";
import { bestFirst, byPassage, compareCodePoints } from "../../shared/domain/candidate-order.ts";
import { matches, type Filter } from "../../shared/domain/filter.ts";
import { dotProduct } from "../../shared/domain/vector.ts";
import { assert, required } from "../../shared/std/assert.ts";
import { canonicalJson } from "../../shared/std/canonical-json.ts";
import type {
  Candidate,
  DocumentState,
  LexicalQuery,
  Searched,
  StoreLayout,
  StoreView,
  StoredRow,
  StoreRow,
  VectorQuery,
  VectorStore,
} from "../ports/store.ts";
import { bm25 } from "./bm25.ts";

/** How far a view may be behind before the states that it shows are forgotten. */
const VERSIONS_KEPT = 1_000;

/** A document's states, oldest first, each from a version of its shard on. No rows: a tombstone. */
type History = { readonly version: number; readonly state: DocumentState }[];

interface Shard {
  version: number;
  readonly documents: Map<string, History>;
}

interface Collection {
  readonly shards: readonly Shard[];
  checkpoint: Checkpoint | null;
}

/** The reference: an exact scan in this process's memory. What its process held is lost with it, tombstones are kept for ever. */
export function openMemoryStore(): VectorStore {
  return new MemoryStore();
}

class MemoryStore implements VectorStore {
  readonly traits = {
    name: "memory",
    snapshotReads: true,
    durable: false,
    lexical: true,
    substrings: true,
  };
  readonly #collections = new Map<string, Collection>();

  async prepare(layout: StoreLayout, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#collections.has(layout.key)) return;
    const shards = Array.from({ length: layout.shards }, () => ({
      version: 1,
      documents: new Map(),
    }));
    this.#collections.set(layout.key, { shards, checkpoint: null });
  }

  async apply(
    layout: StoreLayout,
    number: number,
    documents: readonly DocumentState[],
    signal: AbortSignal,
  ): Promise<number> {
    signal.throwIfAborted();
    const shard = shardOf(this.#collection(layout), number);
    if (documents.length > 0) shard.version += 1;
    for (const { rows } of documents) for (const row of rows) requireVectors(layout, row);
    for (const state of documents) {
      const history = shard.documents.get(state.id) ?? [];
      const newest = history.at(-1);
      if (newest !== undefined && newest.state.position >= state.position) continue;
      history.push({ version: shard.version, state });
      // A state is forgotten once the next one is older than every view that may still be read.
      while ((history[1]?.version ?? Infinity) <= shard.version - VERSIONS_KEPT) history.shift();
      shard.documents.set(state.id, history);
    }
    return shard.version;
  }

  async maintain(layout: StoreLayout, shard: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    return shardOf(this.#collection(layout), shard).version;
  }

  async openView(
    layout: StoreLayout,
    checkpoint: Checkpoint,
    signal: AbortSignal,
  ): Promise<StoreView> {
    signal.throwIfAborted();
    requireUndamaged(checkpoint);
    const { shards } = this.#collection(layout);
    const versions = shards.map((_, shard) =>
      required(checkpoint.versions[shard], "a version of each shard"),
    );
    return new MemoryView(layout, shards, versions);
  }

  async readCheckpoint(layout: StoreLayout, signal: AbortSignal): Promise<Checkpoint | null> {
    signal.throwIfAborted();
    return this.#collections.get(layout.key)?.checkpoint ?? null;
  }

  async writeCheckpoint(
    layout: StoreLayout,
    previous: Checkpoint | null,
    next: Checkpoint,
    signal: AbortSignal,
  ): Promise<boolean> {
    await this.prepare(layout, signal);
    const collection = this.#collection(layout);
    if (canonicalJson(collection.checkpoint) !== canonicalJson(previous)) return false;
    collection.checkpoint = next;
    return true;
  }

  async retire(layout: StoreLayout, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    for (const { documents } of this.#collections.get(layout.key)?.shards ?? []) documents.clear();
  }

  async drop(layout: StoreLayout, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#collections.delete(layout.key);
  }

  async close(): Promise<void> {
    this.#collections.clear();
  }

  #collection(layout: StoreLayout): Collection {
    return required(this.#collections.get(layout.key), "the collection was prepared");
  }
}

class MemoryView implements StoreView {
  readonly #layout: StoreLayout;
  readonly #shards: readonly Shard[];
  readonly #versions: readonly number[];

  constructor(layout: StoreLayout, shards: readonly Shard[], versions: readonly number[]) {
    this.#layout = layout;
    this.#shards = shards;
    this.#versions = versions;
  }

  async search(query: VectorQuery, signal: AbortSignal): Promise<Searched> {
    signal.throwIfAborted();
    const space = this.#layout.spaces.find(({ name }) => name === query.space);
    assert(
      query.k >= 1 && space?.dimension === query.vector.length,
      "k, the space and its dimension fit",
    );
    const candidates: Candidate[] = [];
    for (const { id, position, rows } of this.#live(query.shard, query.filter)) {
      for (const { passage, vectors, body } of rows) {
        const vector = vectors[query.space] ?? null;
        if (vector === null) continue;
        const similarity = Math.max(-1, Math.min(1, dotProduct(query.vector, vector)));
        candidates.push({
          id,
          passage,
          position,
          similarity,
          ...(query.bodies === true ? { body } : {}),
        });
      }
    }
    return {
      candidates: candidates.sort(bestFirst).slice(0, query.k),
      method: { kind: "scan", because: "the store has no other way" },
    };
  }

  async match(query: LexicalQuery, signal: AbortSignal): Promise<Searched> {
    signal.throwIfAborted();
    assert(this.#layout.lexical, "the layout keeps texts");
    const all = [...this.#live(query.shard, null)].flatMap(({ id, position, rows }) =>
      rows.flatMap(({ passage, text, body, fields }) =>
        text === undefined ? [] : [{ id, passage, position, text, body, fields }],
      ),
    );
    const scores = bm25(
      query.text,
      all.map(({ text }) => text),
    );
    const candidates = all.flatMap(({ id, passage, position, body, fields }, i): Candidate[] => {
      const similarity = scores[i] ?? 0;
      if (similarity <= 0 || (query.filter !== null && !matches(query.filter, fields))) return [];
      return [{ id, passage, position, similarity, ...(query.bodies === true ? { body } : {}) }];
    });
    return {
      candidates: candidates.sort(bestFirst).slice(0, query.k),
      method: { kind: "words", because: "the store has no other way" },
    };
  }

  async documents(
    shard: number,
    ids: readonly string[],
    include: { readonly vectors: boolean },
    signal: AbortSignal,
  ): Promise<readonly StoredRow[]> {
    signal.throwIfAborted();
    const states = [...new Set(ids)].flatMap((id) => this.#state(shard, id) ?? []);
    return states
      .flatMap((state) =>
        state.rows.map((row) => stored(this.#layout, state, row, include.vectors)),
      )
      .sort(byPassage);
  }

  async scan(
    shard: number,
    after: string | null,
    limit: number,
    filter: Filter | null,
    signal: AbortSignal,
  ): Promise<readonly StoredRow[]> {
    signal.throwIfAborted();
    return [...this.#live(shard, filter)]
      .filter(({ id }) => after === null || compareCodePoints(id, after) > 0)
      .sort((a, b) => compareCodePoints(a.id, b.id))
      .slice(0, limit)
      .flatMap((state) =>
        state.rows
          .filter(({ passage }) => passage === 0)
          .map((row) => stored(this.#layout, state, row, false)),
      );
  }

  async count(shard: number, filter: Filter | null, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    return [...this.#live(shard, filter)].length;
  }

  *#live(shard: number, filter: Filter | null): Generator<DocumentState> {
    for (const id of shardOf({ shards: this.#shards }, shard).documents.keys()) {
      const state = this.#state(shard, id);
      const first = state?.rows[0];
      // All rows of a document have the same fields.
      if (
        state !== null &&
        first !== undefined &&
        (filter === null || matches(filter, first.fields))
      )
        yield state;
    }
  }

  /** The document's state at the view's version; null if it did not exist yet. */
  #state(number: number, id: string): DocumentState | null {
    const shard = shardOf({ shards: this.#shards }, number);
    const pinned = required(this.#versions[number], "the layout has the shard");
    assert(pinned > shard.version - VERSIONS_KEPT, "the view is not older than what is kept");
    return shard.documents.get(id)?.findLast(({ version }) => version <= pinned)?.state ?? null;
  }
}

function shardOf({ shards }: Pick<Collection, "shards">, shard: number): Shard {
  return required(shards[shard], "the layout has the shard");
}

/** With all the fields that the layout declares, and all its spaces if vectors are asked for: null where there is none. */
function stored(
  layout: StoreLayout,
  { id, position }: DocumentState,
  row: StoreRow,
  vectors: boolean,
): StoredRow {
  const { passage, body } = row;
  const spaces = vectors ? layout.spaces : [];
  return {
    id,
    passage,
    position,
    body,
    fields: Object.fromEntries(layout.fields.map(({ name }) => [name, row.fields[name] ?? null])),
    vectors: Object.fromEntries(spaces.map(({ name }) => [name, row.vectors[name] ?? null])),
  };
}

/** As the engines do: a vector of another space or dimension is a bug of whoever writes it. */
function requireVectors({ spaces }: StoreLayout, { vectors }: StoreRow): void {
  for (const [name, vector] of Object.entries(vectors)) {
    const space = spaces.find((one) => one.name === name);
    assert(space !== undefined, `the layout has no space ${name}`);
    assert(
      vector === null || (vector.length === space.dimension && vector.every(Number.isFinite)),
      `a vector has ${space.dimension} finite values`,
    );
  }
}
