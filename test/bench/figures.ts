import type { Figure } from "./benchmark.ts";
import type { Spread } from "./paired.ts";

/** A figure from its spread over the rounds. */
export function figureOf(
  what: string,
  unit: string,
  { median, min, max }: Spread,
  goal?: Figure["goal"],
): Figure {
  return { what, value: median, unit, min, max, ...(goal === undefined ? {} : { goal }) };
}
