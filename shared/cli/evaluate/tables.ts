import type { Tier } from "../../contracts/retrieve.ts";
import type { Estimate } from "../../domain/retrieval-metrics.ts";
import type { AnswerFigures, Estimates, PairFigures } from "./report.ts";

const TIERS: readonly Tier[] = ["isolate", "edge", "redis", "region"];

/** The variants' figures of one modality pair, and what each gains on the first. */
export function pairTable({ pair, n, variants }: PairFigures): string {
  const [first] = variants;
  const names = Object.keys(first?.metrics ?? {});
  const row = (name: string, of: Estimates, show: (value: number) => string) => [
    name,
    ...names.map((metric) => cell(of[metric], show)),
  ];
  const figures = variants.map(({ variant, rerankSkipped, metrics }) =>
    row(
      rerankSkipped === 0 ? variant : `${variant} (${rerankSkipped} of ${n} not reranked)`,
      metrics,
      share,
    ),
  );
  const gains = variants.flatMap(({ variant, againstFirst }) =>
    againstFirst === null ? [] : [row(variant, againstFirst, difference)],
  );
  const parts = [
    `${pair}: ${n} ${n === 1 ? "query" : "queries"}; mean [95 % interval]`,
    table([["", ...names], ...figures]),
  ];
  if (gains.length > 0)
    parts.push(
      `${pair}: less ${first?.variant ?? ""}, query by query`,
      table([["", ...names], ...gains]),
    );
  return parts.join("\n");
}

export function answerTable(figures: readonly AnswerFigures[]): string {
  const tiers = TIERS.filter((tier) => figures.some((of) => of.tiers[tier] !== undefined));
  const rows = figures.map(({ variant, answers, partial, rerankSkipped, tiers: by }) => [
    variant,
    String(answers),
    String(partial),
    String(rerankSkipped),
    ...tiers.map((tier) => {
      const of = by[tier];
      return of === undefined ? "-" : `${ms(of.p50Ms)} / ${ms(of.p95Ms)} (${of.n})`;
    }),
  ]);
  const head = ["", "answers", "partial", "rerank skipped", ...tiers];
  return ["answers, p50 / p95 ms (n) by tier", table([head, ...rows])].join("\n");
}

function cell(of: Estimate | undefined, show: (value: number) => string): string {
  return of === undefined ? "" : `${show(of.mean)} [${show(of.low)}, ${show(of.high)}]`;
}

function share(value: number): string {
  return value.toFixed(3);
}

function difference(value: number): string {
  const shown = value.toFixed(3);
  return Number(shown) > 0 ? `+${shown}` : shown.replace(/^-(0\.0+)$/, "$1");
}

function ms(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}

/** Columns as wide as they need to be, the first one to the left. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map((row) => row[c]?.length ?? 0)));
  const lines = rows.map((row) =>
    row.map((text, c) => (c === 0 ? text.padEnd(widths[c] ?? 0) : text.padStart(widths[c] ?? 0))),
  );
  return lines.map((cells) => `  ${cells.join("  ").trimEnd()}`).join("\n");
}
