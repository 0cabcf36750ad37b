import { isMet, type Benchmark, type Figure, type Measurement } from "./benchmark.ts";
import type { Machine } from "./machine.ts";

export interface Run {
  /** ISO 8601. */
  readonly at: string;
  readonly tookS: number;
  readonly loadAfter: number;
  readonly rounds: number;
}

/** One benchmark's line, whole. */
export interface BenchReport extends Omit<Measurement, "figures"> {
  readonly name: string;
  readonly measures: string;
  readonly reference: string;
  readonly figures: readonly (Figure & { readonly met: boolean | null })[];
  readonly run: Run;
  readonly machine: Machine;
}

export function reportOf(
  { name, measures, reference }: Benchmark,
  measurement: Measurement,
  machine: Machine,
  run: Run,
): BenchReport {
  const figures = measurement.figures.map((figure) => ({
    ...rounded(figure),
    met: isMet(figure),
  }));
  return { name, measures, reference, ...measurement, figures, run, machine };
}

export function tableOf(report: BenchReport): string {
  const { name, measures, reference, figures, notes, run, machine, sizes } = report;
  const rows = figures.map(({ what, value, unit, min, max, goal, met }) => [
    what,
    `${value} ${unit}`.trim(),
    min === undefined || max === undefined ? "" : `${min} to ${max}`,
    goal === undefined ? "" : "atMost" in goal ? `<= ${goal.atMost}` : `>= ${goal.atLeast}`,
    met === null ? "" : met ? "met" : "MISSED",
  ]);
  const all = [["", "value", "min to max", "goal", ""], ...rows];
  const widths = [0, 1, 2, 3, 4].map((c) => Math.max(...all.map((row) => (row[c] ?? "").length)));
  const lines = all.map((row) =>
    row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c] ?? 0) : cell.padStart(widths[c] ?? 0))),
  );
  const sized = Object.entries(sizes).map(([what, size]) => `${what} ${size}`);
  return [
    "",
    `${name}: ${measures}`,
    `  against ${reference}`,
    "",
    ...lines.map((cells) => `  ${cells.join("  ").trimEnd()}`),
    "",
    ...notes.map((note) => `  ${note}`),
    `  ${sized.join(", ")}; seed ${report.seed}; ${run.rounds} rounds, ${run.tookS} s`,
    `  ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}; load ${machine.loadBefore} before, ${run.loadAfter} after`,
    "",
  ].join("\n");
}

/** Four digits are more than any measured figure is good for; counts stay whole. */
function rounded(figure: Figure): Figure {
  const four = (value: number) => (Number.isInteger(value) ? value : Number(value.toPrecision(4)));
  const { value, min, max } = figure;
  return {
    ...figure,
    value: four(value),
    ...(min === undefined ? {} : { min: four(min) }),
    ...(max === undefined ? {} : { max: four(max) }),
  };
}
