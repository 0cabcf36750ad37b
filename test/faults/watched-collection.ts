import fc from "fast-check";
import { openMemoryStore } from "../../lambdas/adapters/memory-store.ts";
import { laidOut } from "../../lambdas/catalog/layout.ts";
import type { OpenedRead } from "../../lambdas/freshness/reader.ts";
import { beginLayout, type Holding } from "../../lambdas/replicate/apply-line.ts";
import { applyStates } from "../../lambdas/replicate/apply-states.ts";
import { judge, type ReadEntry } from "../../lambdas/replicate/judge.ts";
import { planBranches } from "../../lambdas/search/branches.ts";
import { hydrateHits } from "../../lambdas/search/hydrate-hits.ts";
import { rank } from "../../lambdas/search/rank.ts";
import type { RankedAnswer } from "../../lambdas/watch/watched-answer.ts";
import { CollectionRecord } from "../../shared/contracts/collection.ts";
import { parseFilter } from "../../shared/contracts/filter.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { RegionHit } from "../../shared/contracts/region-event.ts";
import { RegionQuery } from "../../shared/contracts/query.ts";
import { planShards } from "../../shared/domain/plan-shards.ts";
import { createPlacement } from "../../shared/domain/shard-map.ts";
import { toUnitVector } from "../../shared/domain/vector.ts";
import { encodeVector } from "../../shared/std/bytes.ts";
import { required } from "../../shared/std/assert.ts";

const signal = new AbortController().signal;
const NONE: ReadonlyMap<string, number> = new Map();
const space = { model: "none", digest: null, metric: "cosine", weight: 1 } as const;

export const RECORD = CollectionRecord.parse({
  tenant: "t",
  name: "c",
  incarnation: "aaaaaaaaaaaa",
  primary: "us-east-1",
  term: 1,
  schemaVersion: 1,
  spaces: { a: { ...space, dimension: 3 }, b: { ...space, dimension: 2 } },
  fields: { x: "number", y: "string" },
  lexical: { weight: 0 },
  shardMaps: [{ version: 1, shards: 3, key: { by: "id" } }],
});

/** One collection on the memory store, written to entry by entry and searched as a region does. */
export class WatchedCollection {
  readonly #store = openMemoryStore();
  readonly #laid = laidOut(RECORD, required(RECORD.shardMaps[0], "a map"));
  readonly #placement = createPlacement(this.#laid.map);
  #holding: Holding | null = null;
  #position = 0;

  /** @returns the entries as the log would have them */
  async write(entries: readonly Writing[]): Promise<ReadEntry[]> {
    this.#holding ??= await beginLayout(this.#store, this.#laid, null, { fence: 1 }, signal);
    const read = entries.map((entry) => ({ position: ++this.#position, entry: toEntry(entry) }));
    const judging = { collection: RECORD, schema: 1, stored: NONE, judged: () => true };
    const { states } = judge(judging, read);
    const holding = this.#holding;
    const versions = await applyStates(
      this.#store,
      holding,
      this.#placement,
      states,
      "moving",
      signal,
    );
    this.#holding = { ...holding, checkpoint: { ...holding.checkpoint, versions } };
    return read;
  }

  /** The answer as it comes out now, with all that it was made of; null for a query that can't be answered now. */
  async ask(query: RegionQuery): ReturnType<typeof answerOf> {
    const { layout } = this.#laid;
    const { checkpoint } = required(this.#holding, "something was written");
    const { incarnation } = RECORD;
    const served = {
      region: "r",
      incarnation,
      map: this.#laid.map.version,
      point: checkpoint.point,
      confirmed: null,
      now: null,
    };
    const view = await this.#store.openView(layout, checkpoint, signal);
    const opened: OpenedRead = {
      collection: RECORD,
      unfilled: [],
      layout,
      view,
      placement: this.#placement,
      served,
    };
    return answerOf(opened, query);
  }
}

/** The answer to a query, with all that it was made of; null for one that can't be answered now. */
export async function answerOf(
  opened: OpenedRead,
  query: RegionQuery,
): Promise<{ ranked: RankedAnswer; hits: readonly RegionHit[] } | null> {
  try {
    const planned = await planBranches(NO_MODELS, query.queries, query.fuse, opened, signal);
    const filter = parseFilter(query.filter, opened.collection.fields);
    const { asked } = planShards(opened.placement, filter);
    const ranking = await rank(opened, asked, planned, filter, query, false, TIME, signal);
    const hits = await hydrateHits(opened, planned.branches, ranking.hits, false, signal);
    return { ranked: { opened, query, planned, ranking }, hits };
  } catch (error) {
    if (error instanceof Problem) return null; // Like a document that is not there, or vectors that add up to nothing.
    throw error;
  }
}

const TIME = { nowMs: () => 0, remainingMs: () => 60_000, onLegFailed: () => undefined };
const absent = async () => Promise.reject(new Error("no space has a model"));
const NO_MODELS = {
  embedder: { model: absent, embed: absent },
  cache: {
    vectors: absent,
    keepVectors: absent,
    record: absent,
    keepRecord: absent,
    fill: absent,
    keepFill: absent,
  },
};

export interface Writing {
  readonly id: string;
  /** Empty: it is deleted. */
  readonly passages: readonly {
    readonly text: string;
    readonly a: Float32Array | null;
    readonly b: Float32Array | null;
  }[];
  readonly metadata: Readonly<Record<string, string | number>>;
}

function toEntry({ id, passages, metadata }: Writing): ReadEntry["entry"] {
  const common = { v: 1, id, createdBy: "k" } as const;
  if (passages.length === 0) return { ...common, kind: "delete" };
  return {
    ...common,
    kind: "put",
    metadata: { ...metadata },
    passages: passages.map(({ text, a, b }) => ({
      text,
      span: { start: 0, end: text.length },
      vectors: {
        ...(a === null ? {} : { a: encodeVector(a) }),
        ...(b === null ? {} : { b: encodeVector(b) }),
      },
    })),
  };
}

/** Of few values, so that scores are often equal. */
const unit = (dimension: number) =>
  fc
    .array(fc.integer({ min: -2, max: 2 }), { minLength: dimension, maxLength: dimension })
    .filter((values) => values.some((value) => value !== 0))
    .map((values) => required(toUnitVector(Float32Array.from(values)), "it has a length"));
const id = fc.nat(11).map((n) => `d${n}`);
const text = fc
  .array(fc.constantFrom("red", "sea", "cat"), { minLength: 1, maxLength: 3 })
  .map((words) => words.join(" "));
const writing: fc.Arbitrary<Writing> = fc.record({
  id,
  passages: fc.array(
    fc.record({
      text,
      a: fc.option(unit(3), { freq: 6 }),
      b: fc.option(unit(2), { freq: 2 }),
    }),
    { maxLength: 2 },
  ),
  metadata: fc.record(
    { x: fc.integer({ min: 0, max: 2 }), y: fc.constantFrom("u", "v") },
    { requiredKeys: [] },
  ),
});

const weighed = {
  weight: fc.constantFrom(1, 0.5, 3),
  negative: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
};
const vectorPart = fc.oneof(
  fc.record({ ...weighed, space: fc.constant("a"), vector: unit(3).map((v) => [...v]) }),
  fc.record({ ...weighed, space: fc.constant("b"), vector: unit(2).map((v) => [...v]) }),
);
const part = fc.oneof(
  { weight: 6, arbitrary: vectorPart },
  { weight: 2, arbitrary: fc.record({ ...weighed, like: id }) },
  { weight: 1, arbitrary: fc.record({ ...weighed, space: fc.constant("lexical"), text }) },
  // Ranks nothing: it only says what a hit must be similar to.
  {
    weight: 1,
    arbitrary: fc.record({
      like: id,
      space: fc.constantFrom("a", "b"),
      weight: fc.constant(0),
      similarityMin: fc.constantFrom(-0.5, 0, 0.5),
    }),
  },
);
const filter = fc.constantFrom(
  { x: 1 },
  { x: { $gte: 1 } },
  { y: { $ne: "u" } },
  { x: { $exists: false } },
  { $or: [{ x: 0 }, { $not: { y: "v" } }] },
);
const query = fc
  .record(
    {
      queries: fc.array(part, { minLength: 1, maxLength: 3 }),
      k: fc.integer({ min: 1, max: 4 }),
      offset: fc.constantFrom(0, 0, 1, 3),
      depth: fc.integer({ min: 1, max: 6 }),
      filter,
      fuse: fc.constantFrom("ranks", "scores", "vectors"),
      groupBy: fc.constantFrom("document", "passage"),
      minScore: fc.constantFrom(0, 0.3),
      diversity: fc.constantFrom({ foldAbove: 0.9 }, { foldAbove: 0.5 }),
    },
    { requiredKeys: ["queries", "k"] },
  )
  .filter(({ queries }) =>
    queries.some((one) => one.weight > 0 && !("negative" in one && one.negative)),
  )
  .map((wire) => RegionQuery.parse(wire));

/** A collection as it was, what was asked of it, and batches of writes to it since. */
export interface Scenario {
  readonly before: readonly Writing[];
  readonly queries: readonly RegionQuery[];
  readonly since: readonly (readonly Writing[])[];
}

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  before: fc.array(writing, { minLength: 4, maxLength: 24 }),
  queries: fc.array(query, { minLength: 1, maxLength: 3 }),
  since: fc.array(fc.array(writing, { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 4,
  }),
});
