import { Problem } from "../../shared/contracts/problems.ts";
import type { RerankExplanation } from "../../shared/contracts/explain.ts";
import type { RegionQuery } from "../../shared/contracts/query.ts";
import type { RerankReport } from "../../shared/contracts/retrieve.ts";
import { compareCodePoints } from "../../shared/domain/candidate-order.ts";
import type { Reranker } from "../ports/reranker.ts";

/** Share of the time left that reranking may use up: the answer has still to be read and sent. */
const TIME_SHARE = 0.8;

type Asked = Omit<NonNullable<RegionQuery["rerank"]>, "model"> & {
  readonly model?: string | null | undefined;
};

export interface Rerankable {
  readonly id: string;
  readonly score: number;
  /** What is read beside the question; null for a hit without a text, whose score is then the one before, normalised. */
  readonly text: string | null;
}

export interface RerankOutcome<Hit> {
  readonly hits: readonly (Hit & { readonly rerank?: RerankExplanation })[];
  readonly report: RerankReport;
}

/**
 * Reorders hits by how well their texts answer the question: both scores are normalised to [0, 1] among these hits, and weighted.
 * If there is no time for it, or it fails, the hits stay as they were, and the report says why.
 *
 * @param hits best first, not empty
 * @param leftMs time left for the whole answer
 */
export async function rerankHits<Hit extends Rerankable>(
  reranker: Reranker,
  question: string,
  hits: readonly Hit[],
  { budgetMs, weight, model: wanted = null }: Asked,
  leftMs: number,
  signal: AbortSignal,
): Promise<RerankOutcome<Hit>> {
  const texts = hits.flatMap(({ text }) => text ?? []);
  const untouched = (skipped: "late" | "failed") => ({ hits, report: { applied: false, skipped } });
  if (texts.length === 0) return { hits, report: { applied: true, depth: 0 } };
  const limit = Math.floor(Math.min(budgetMs, leftMs * TIME_SHARE));
  if (limit < 1) return untouched("late");
  const budget = AbortSignal.timeout(limit);
  let scores: readonly number[];
  let model: string;
  try {
    const limited = AbortSignal.any([signal, budget]);
    ({ scores, model } = await reranker.rerank(wanted, question, texts, limited));
  } catch (error) {
    if (signal.aborted) throw error;
    return untouched(budget.aborted ? "late" : "failed");
  }
  return {
    hits: reordered(hits, scores, weight),
    report: { applied: true, model, depth: texts.length },
  };
}

function reordered<Hit extends Rerankable>(
  hits: readonly Hit[],
  scores: readonly number[],
  weight: number,
): (Hit & { readonly rerank: RerankExplanation })[] {
  const before = normaliser(hits.map(({ score }) => score));
  const again = normaliser(scores);
  let next = 0;
  const scored = hits.map((hit, index) => {
    const score = hit.text === null ? null : (scores[next++] ?? null);
    const normalised = score === null ? null : again(score);
    const explained = {
      rankBefore: index + 1,
      score,
      normalised,
      before: before(hit.score),
      weight,
    };
    return { ...hit, score: rerankedScore(explained), rerank: explained };
  });
  return scored.sort((a, b) => b.score - a.score || compareCodePoints(a.id, b.id));
}

/** The score that `explain` tells how to add up. */
export function rerankedScore({
  normalised,
  before,
  weight,
}: Pick<RerankExplanation, "normalised" | "before" | "weight">): number {
  return normalised === null ? before : weight * normalised + (1 - weight) * before;
}

/** Maps the lowest to 0 and the best to 1. */
function normaliser(values: readonly number[]): (value: number) => number {
  const low = Math.min(...values);
  const range = Math.max(...values) - low;
  return (value) => (range === 0 ? 1 : (value - low) / range);
}

/**
 * What would rerank now; null where nothing is asked for, or where it can't be asked now: reranking then says that it failed.
 * @throws Problem `invalid-request` for a model that this region's embedder has not
 */
export async function currentReranker(
  reranker: Reranker,
  asked: RegionQuery["rerank"],
  signal: AbortSignal,
): Promise<string | null> {
  if (asked === undefined) return null;
  const { model = null } = asked;
  let known: string | null;
  try {
    known = await reranker.identify(model, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    return null;
  }
  if (known !== null || model === null) return known;
  const message = `this region's embedder has no reranker named ${model}; leave model out for late interaction`;
  throw new Problem("invalid-request", "Mend the query.", {
    errors: [{ pointer: "/rerank/model", message }],
  });
}
