import type { RegionQuery } from "../../shared/contracts/query.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { dotProduct } from "../../shared/domain/vector.ts";
import type { OpenedRead } from "../freshness/reader.ts";
import type { StoredRow } from "../ports/store.ts";
import type { PlannedQuery, Requirement } from "./branch.ts";
import { fetchDocuments } from "./hydrate.ts";
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
  readonly #opened: Pick<OpenedRead, "placement" | "view">;
  readonly #requirements: readonly Requirement[];
  readonly #spaces: readonly string[];
  readonly #foldAbove: number | null;
  /** By id: the rows of what fits, null for what does not. */
  readonly #known = new Map<string, Rows | null>();

  constructor(
    opened: Pick<OpenedRead, "placement" | "view">,
    { branches, requirements }: PlannedQuery,
    diversity: RegionQuery["diversity"],
  ) {
    this.#opened = opened;
    this.#requirements = requirements;
    this.#spaces = [
      ...new Set(branches.flatMap(({ by }) => (by.kind === "near" ? [by.space] : []))),
    ];
    this.#foldAbove = diversity?.foldAbove ?? null;
  }

  /** @returns the first `wanted` that remain, in order; all that remain where there are fewer */
  async take(
    hits: readonly RankedHit[],
    wanted: number,
    signal: AbortSignal,
  ): Promise<readonly RankedHit[]> {
    if (this.#requirements.length === 0 && this.#foldAbove === null) return hits.slice(0, wanted);
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
      if (one !== null && other !== null) return dotProduct(one, other) >= this.#foldAbove;
    }
    return false;
  }

  async #read(batch: readonly RankedHit[], signal: AbortSignal): Promise<void> {
    const ids = [...new Set(batch.map(({ id }) => id))].filter((id) => !this.#known.has(id));
    if (ids.length === 0) return;
    const rows = await fetchDocuments(this.#opened, ids, { vectors: true }, signal);
    for (const id of ids) {
      const of = rows.get(id) ?? [];
      const fits = this.#requirements.every(({ space, vector, similarityMin }) =>
        of.some((row) => {
          const stored = row.vectors[space] ?? null;
          return stored !== null && dotProduct(vector, stored) >= similarityMin;
        }),
      );
      this.#known.set(id, fits ? (this.#foldAbove === null ? [] : of) : null);
    }
  }
}
