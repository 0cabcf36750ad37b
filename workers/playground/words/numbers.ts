const WHOLE = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

/** "5,342" */
export function wholeWords(value: number): string {
  return WHOLE.format(value);
}

/** "<1 ms", "2.4 ms", "126 ms" */
export function msWords(ms: number | null): string {
  if (ms === null) return "– ms";
  if (ms < 1) return "<1 ms";
  return `${ms < 10 ? ms.toFixed(1).replace(/\.0$/, "") : wholeWords(ms)} ms`;
}

/** "fresh within 0.4 s" */
export function freshWords(stalenessMs: number | null): string {
  if (stalenessMs === null) return "freshness unknown";
  if (stalenessMs < 100) return "fresh within 0.1 s";
  return `fresh within ${stalenessMs < 10_000 ? (Math.ceil(stalenessMs / 100) / 10).toFixed(1) : wholeWords(Math.ceil(stalenessMs / 1_000))} s`;
}

/** Three digits that count: fused scores are small and lie close together. */
export function scoreWords(score: number): string {
  if (score === 0) return "0";
  return score.toPrecision(3).replace("-", "−");
}
