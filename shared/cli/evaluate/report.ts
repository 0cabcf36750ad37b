import type { Tier } from "../../contracts/retrieve.ts";
import {
  bootstrapMean,
  ndcgAt,
  pairedDifference,
  recallAt,
  reciprocalRankAt,
  type Estimate,
  type Grades,
} from "../../domain/retrieval-metrics.ts";
import { required } from "../../std/assert.ts";
import { percentile } from "../../std/percentile.ts";
import { seededRandom } from "../../std/random.ts";
import type { Answer, Outcomes } from "./ask.ts";

/** A query that was answered under every variant. */
export interface Measured {
  readonly id: string;
  /** e.g. `text -> image`. */
  readonly pair: string;
  readonly grades: Grades;
  readonly answers: ReadonlyMap<string, Answer>;
}

export type Estimates = Readonly<Record<string, Estimate>>;

export interface VariantFigures {
  readonly variant: string;
  /** Queries whose reranking was skipped: they count as they were before it. */
  readonly rerankSkipped: number;
  /** By the metric's name. */
  readonly metrics: Estimates;
  /** This variant less the first one; null for that one itself. */
  readonly againstFirst: Estimates | null;
}

export interface PairFigures {
  readonly pair: string;
  readonly n: number;
  readonly variants: readonly VariantFigures[];
}

export interface AnswerFigures {
  readonly variant: string;
  readonly answers: number;
  readonly partial: number;
  readonly rerankSkipped: number;
  readonly tiers: Readonly<Partial<Record<Tier, { n: number; p50Ms: number; p95Ms: number }>>>;
}

export const SEED = 17;
/** All pairs together. */
const ALL = "all";
const TIERS: readonly Tier[] = ["isolate", "edge", "redis", "region"];

/** A query's figures under one variant. */
export function scoresOf(
  ids: readonly string[],
  grades: Grades,
  k: number,
): Readonly<Record<string, number>> {
  return {
    "Recall@1": recallAt(ids, grades, 1),
    [`Recall@${k}`]: recallAt(ids, grades, k),
    [`MRR@${k}`]: reciprocalRankAt(ids, grades, k),
    [`nDCG@${k}`]: ndcgAt(ids, grades, k),
  };
}

/** By pair, the most frequent first; where there are several, all together before them. */
export function pairFigures(
  measured: readonly Measured[],
  variants: readonly string[],
  k: number,
): PairFigures[] {
  const byPair = Object.entries(Object.groupBy(measured, ({ pair }) => pair))
    .map(([pair, of = []]) => ({ pair, of }))
    .toSorted((a, b) => b.of.length - a.of.length || (a.pair < b.pair ? -1 : 1));
  const groups = byPair.length > 1 ? [{ pair: ALL, of: measured }, ...byPair] : byPair;
  return groups.map(({ pair, of }) => ({
    pair,
    n: of.length,
    variants: figuresOf(of, variants, k),
  }));
}

/** How the answers came, whether they could be measured or not. */
export function answerFigures(
  outcomes: readonly (Outcomes | null)[],
  variants: readonly string[],
): AnswerFigures[] {
  return variants.map((variant) => {
    const answers = outcomes.flatMap((of) => {
      const outcome = of?.get(variant);
      return outcome?.kind === "answer" ? [outcome] : [];
    });
    const times = TIERS.map((tier) => ({
      tier,
      tookMs: answers.filter((answer) => answer.tier === tier).map(({ tookMs }) => tookMs),
    })).filter(({ tookMs }) => tookMs.length > 0);
    return {
      variant,
      answers: answers.length,
      partial: answers.filter(({ partial }) => partial).length,
      rerankSkipped: answers.filter(({ rerankSkipped }) => rerankSkipped).length,
      tiers: Object.fromEntries(
        times.map(({ tier, tookMs }) => [
          tier,
          { n: tookMs.length, p50Ms: percentile(tookMs, 50), p95Ms: percentile(tookMs, 95) },
        ]),
      ),
    };
  });
}

function figuresOf(
  measured: readonly Measured[],
  variants: readonly string[],
  k: number,
): VariantFigures[] {
  const scores = variants.map((variant) =>
    measured.map(({ answers, grades }) =>
      scoresOf(required(answers.get(variant), "every variant answered").ids, grades, k),
    ),
  );
  const column = (of: readonly Readonly<Record<string, number>>[], metric: string) =>
    of.map((one) => required(one[metric], "every query has every metric"));
  const metrics = Object.keys(scores[0]?.[0] ?? {});
  // Every estimate begins from the same seed: it does not depend on which others are asked for.
  const each = (of: (metric: string) => Estimate): Estimates =>
    Object.fromEntries(metrics.map((metric) => [metric, of(metric)]));
  return variants.map((variant, i) => {
    const own = required(scores[i], "as many");
    const first = required(scores[0], "one at least");
    return {
      variant,
      rerankSkipped: measured.filter(({ answers }) => answers.get(variant)?.rerankSkipped === true)
        .length,
      metrics: each((metric) => bootstrapMean(column(own, metric), seededRandom(SEED))),
      againstFirst:
        i === 0
          ? null
          : each((metric) =>
              pairedDifference(column(own, metric), column(first, metric), seededRandom(SEED)),
            ),
    };
  });
}
