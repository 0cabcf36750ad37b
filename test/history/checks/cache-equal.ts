import { bestFirst } from "../../../shared/domain/candidate-order.ts";
import { dotProduct } from "../../../shared/domain/vector.ts";
import { eachCollection } from "../check.ts";
import { isAnswered, type Operation } from "../operation.ts";
import { queryVectorOf } from "../query-vector.ts";
import { ReplayCursor, type Version } from "../truth.ts";

/** Engines may order two documents whose scores differ by less than this either way. */
const ROUNDING = 1e-6;

/** A whole answer of any tier is the one that a replay of the log gives at its position. */
export const cacheEqual = eachCollection("cache-equal", (operations, truth) => {
  const cursor = new ReplayCursor(truth);
  return operations
    .filter((one) => one.kind === "retrieve" && isAnswered(one) && isWhole(one))
    .toSorted((a, b) => (a.servedPosition ?? 0) - (b.servedPosition ?? 0))
    .flatMap((read) => {
      const { servedPosition, tier, op } = read;
      const ranked = rankedBy(read, cursor.advanceTo(servedPosition ?? 0));
      const what = difference(read, ranked);
      if (what === null) return [];
      return [{ what: `from tier ${tier} at position ${servedPosition}: ${what}`, ops: [op] }];
    });
});

/** Whether an answer says that every shard took part in it. */
export function isWhole({ coverage }: Operation): boolean {
  return (
    coverage !== null && coverage.answered === coverage.shards && coverage.missing.length === 0
  );
}

interface Ranked extends Version {
  readonly similarity: number;
}

/** All that match, best first. */
export function rankedBy(
  { query, group }: Operation,
  documents: ReadonlyMap<string, Version>,
): Ranked[] {
  const vector = queryVectorOf(query ?? 0);
  return [...documents.values()]
    .filter((version) => group === null || version.group === group)
    .map((version) => ({ ...version, passage: 0, similarity: dotProduct(vector, version.vector) }))
    .sort(bestFirst);
}

function difference({ hits, k }: Operation, ranked: readonly Ranked[]): string | null {
  const wanted = Math.min(k ?? 0, ranked.length);
  if (hits.length !== wanted) return `${hits.length} hits of ${wanted}`;
  const scores = new Map(ranked.map(({ id, similarity }) => [id, similarity]));
  for (const [i, { id }] of hits.entries()) {
    const [score, due] = [scores.get(id), ranked[i]];
    if (score === undefined || due === undefined) return `${id} does not match`;
    // Ranks change hands only among equals.
    if (id !== due.id && Math.abs(score - due.similarity) > ROUNDING)
      return `rank ${i + 1} is ${due.id}, not ${id}`;
  }
  return new Set(hits.map(({ id }) => id)).size === hits.length ? null : "a hit twice";
}
