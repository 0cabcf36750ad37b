import type { RegionQuery } from "../../shared/contracts/query.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { isSimilar } from "../../shared/domain/vector.ts";
import type { OpenedRead } from "../freshness/reader.ts";
import type { StoredRow } from "../ports/store.ts";
import type { PlannedQuery, Requirement } from "./branch.ts";
import { fetchFrom } from "./hydrate.ts";
import type { RankedHit } from "./ranked-hit.ts";

/** Documents whose vectors are read at once. */
const BATCH = 200;

type Rows = readonly StoredRow[];

interface Kept {
  readonly hit: RankedHit;
  readonly row: StoredRow | undefined;
  readonly folded: string[];
}

/**
 * Takes from ranked hits what is asked of their vectors: that the document has, in each required space, a passage similar
 * enough; and that a hit that nearly repeats a better one is folded under it. Both depend on the hit and better ones alone, so
 * the pages of a query are cut from one list. Vectors are read only as far as a page needs, and once, however often a
 * query is ranked deeper.
 */
export class Sieve {
  readonly #view: OpenedRead["view"];
  readonly #requirements: readonly Requirement[];
  readonly #spaces: readonly string[];
  readonly #foldAbove: number | null;
  /** By id: the rows of what fits, null for what does not. */
  readonly #known = new Map<string, Rows | null>();

  constructor(
    { view }: Pick<OpenedRead, "view">,
    { branches, requirements }: PlannedQuery,
    diversity: RegionQuery["diversity"],
  ) {
    this.#view = view;
    this.#requirements = requirements;
    this.#spaces = [
      ...new Set(branches.flatMap(({ by }) => (by.kind === "near" ? [by.space] : []))),
    ];
    this.#foldAbove = diversity?.foldAbove ?? null;
  }

  /** Whether anything is asked of vectors. */
  get sifts(): boolean {
    return this.#requirements.length > 0 || this.#foldAbove !== null;
  }

  /** @returns the first `wanted` that remain, in order; all that remain where there are fewer */
  async take(
    hits: readonly RankedHit[],
    wanted: number,
    signal: AbortSignal,
  ): Promise<readonly RankedHit[]> {
    if (!this.sifts) return hits.slice(0, wanted);
    const kept: Kept[] = [];
    for (let start = 0; start < hits.length && kept.length < wanted; start += BATCH) {
      const batch = hits.slice(start, start + BATCH);
      await this.#read(batch, signal);
      for (const hit of batch) this.#place(hit, kept);
    }
    return kept.slice(0, wanted).map(({ hit, folded }) => ({ ...hit, folded }));
  }

  #place(hit: RankedHit, kept: Kept[]): void {
    const rows = this.#known.get(hit.id) ?? null;
    if (rows === null) return;
    const row = rows.find(({ passage }) => passage === hit.candidate.passage);
    const { id } = hit;
    const better = kept.find((one) => this.#repeats(one.row, row));
    if (better === undefined) kept.push({ hit, row, folded: [] });
    else if (better.folded.length < LIMITS.foldedMax) better.folded.push(id);
  }

  /** Whether both have vectors in a space, and these are too similar in the first such space. */
  #repeats(a: StoredRow | undefined, b: StoredRow | undefined): boolean {
    if (this.#foldAbove === null) return false;
    for (const space of this.#spaces) {
      const one = a?.vectors[space] ?? null;
      const other = b?.vectors[space] ?? null;
      if (one !== null && other !== null) return isSimilar(one, other, this.#foldAbove);
    }
    return false;
  }

  async #read(batch: readonly RankedHit[], signal: AbortSignal): Promise<void> {
    const unread = batch.filter(({ id }) => !this.#known.has(id));
    if (unread.length === 0) return;
    // Where it was found: another shard, which may not answer, has nothing of it.
    const places = unread.map(({ id, candidate: { shard } }) => ({ id, shard }));
    const rows = await fetchFrom(this.#view, places, { vectors: true }, signal);
    for (const { id } of unread) {
      const of = rows.get(id) ?? [];
      const fits = this.#requirements.every(({ space, vector, similarityMin }) =>
        of.some((row) => {
          const stored = row.vectors[space] ?? null;
          return stored !== null && isSimilar(vector, stored, similarityMin);
        }),
      );
      this.#known.set(id, fits ? (this.#foldAbove === null ? [] : of) : null);
    }
  }
}
