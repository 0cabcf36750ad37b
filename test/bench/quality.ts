import { bootstrapMean } from "../../shared/domain/retrieval-metrics.ts";
import { seededRandom } from "../../shared/std/random.ts";
import type { Benchmark, Figure } from "./benchmark.ts";
import { embedInProcess } from "./embed-in-process.ts";
import type { Round } from "./paired.ts";
import { exactSearch, rankings, withStore } from "./quality-rankings.ts";
import { pictureTasks, questionTask, type QualityTask } from "./quality-tasks.ts";
import { METRICS, scores } from "./retrieval-quality.ts";

const SEED = 17;
/** Points of a hundred. */
const LOSS_MAX = 0.5;
const LOSS_METRICS = ["R@10", "nDCG@10"] as const;

export const quality: Benchmark = {
  name: "quality",
  measures:
    "what the bundled models find, through the store's index, with 95 % bootstrap intervals",
  reference: "an exact scan of the same vectors",

  async run({ say }) {
    const embedder = await embedInProcess();
    try {
      say("embedding questions and answers");
      const tasks = [await questionTask(embedder)];
      say("embedding pictures");
      tasks.push(...(await pictureTasks(embedder)));
      const figures: Figure[] = [];
      const sides: Record<string, readonly Round[]> = {};
      const losses: number[] = [];
      for (const task of tasks) {
        say(task.name);
        const { exact, stored } = await measureTask(task);
        figures.push(...stored.figures);
        sides[`${task.name}: exact`] = [exact.means];
        sides[`${task.name}: store`] = [stored.means];
        for (const metric of LOSS_METRICS)
          losses.push(100 * ((exact.means[metric] ?? 0) - (stored.means[metric] ?? 0)));
      }
      figures.push({
        what: `the index loses against the scan, worst of ${LOSS_METRICS.join(" and ")}`,
        value: Math.max(...losses),
        unit: "points",
        min: Math.min(...losses),
        max: Math.max(...losses),
        goal: { atMost: LOSS_MAX },
      });
      return { figures, sides, sizes: sizesOf(tasks), seed: SEED, notes: NOTES };
    } finally {
      await embedder.close();
    }
  },
};

const NOTES = [
  "The range is a 95 % confidence interval over queries, not over rounds: the figures are the same in every run.",
  "Pictures are found by their pixels alone, and only those are asked for that the picture model's head was not fitted on; most are clip art.",
  "A picture is asked for by a copy of half the size, as JPEG: the same file would find itself.",
];

async function measureTask(task: QualityTask) {
  const exact = summary(task, await rankings(task, exactSearch(task.gallery)));
  const stored = summary(task, await withStore(task.gallery, (search) => rankings(task, search)));
  return { exact, stored };
}

function summary(task: QualityTask, found: readonly (readonly string[])[]) {
  const scored = task.queries.map(({ right }, i) => scores(found[i] ?? [], right));
  const random = seededRandom(SEED);
  const estimates = METRICS.map((metric) => ({
    metric,
    ...bootstrapMean(
      scored.map((of) => of[metric]),
      random,
    ),
  }));
  return {
    figures: estimates.map(({ metric, mean, low, high }): Figure => ({
      what: `${task.name}: ${metric}`,
      value: mean,
      unit: "",
      min: low,
      max: high,
    })),
    means: Object.fromEntries(estimates.map(({ metric, mean }) => [metric, mean])),
  };
}

function sizesOf(tasks: readonly QualityTask[]): Record<string, string> {
  return Object.fromEntries(
    tasks.map(({ name, queries, gallery }) => [
      name,
      `${queries.length} queries, ${gallery.length} documents, ${gallery.reduce((sum, { vectors }) => sum + vectors.length, 0)} vectors`,
    ]),
  );
}
