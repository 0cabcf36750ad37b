import {
  ndcgAt,
  recallAt,
  reciprocalRankAt,
  type Grades,
} from "../../shared/domain/retrieval-metrics.ts";

export const METRICS = ["R@1", "R@5", "R@10", "MRR", "nDCG@10"] as const;
export type Metric = (typeof METRICS)[number];

const CUT = 10;

/** One query's scores, where exactly one document is right. MRR looks at the first ten only. */
export function scores(
  ranking: readonly string[],
  right: string,
): Readonly<Record<Metric, number>> {
  const grades: Grades = new Map([[right, 1]]);
  return {
    "R@1": recallAt(ranking, grades, 1),
    "R@5": recallAt(ranking, grades, 5),
    "R@10": recallAt(ranking, grades, CUT),
    MRR: reciprocalRankAt(ranking, grades, CUT),
    "nDCG@10": ndcgAt(ranking, grades, CUT),
  };
}
