import { assert, required } from "../../shared/std/assert.ts";
import { percentile } from "../../shared/std/percentile.ts";

/** What one side measured in one round, by name. */
export type Round = Readonly<Record<string, number>>;

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Rounds of each side, by side, in order. */
export type Rounds<Side extends string> = Readonly<Record<Side, readonly Round[]>>;

/**
 * Measures sides in turn, A B A B, so that what slows the machine for a while slows all of them.
 * @param warmUps rounds that are run and forgotten
 */
export async function measureInTurn<Side extends string>(
  sides: Readonly<Record<Side, () => Promise<Round> | Round>>,
  { rounds, warmUps }: { readonly rounds: number; readonly warmUps: number },
): Promise<Rounds<Side>> {
  const entries = Object.entries(sides) as [Side, () => Promise<Round> | Round][];
  const kept = Object.fromEntries(entries.map(([side]) => [side, [] as Round[]])) as Record<
    Side,
    Round[]
  >;
  for (let round = -warmUps; round < rounds; round++) {
    for (const [side, measure] of entries) {
      const measured = await measure();
      if (round >= 0) kept[side].push(measured);
    }
  }
  return kept;
}

/** `a` to `b` of the same metric, round by round. */
export function ratio(a: readonly Round[], b: readonly Round[], metric: string): Spread {
  return combine(a, b, metric, (x, y) => x / y);
}

/** `a` less `b` of the same metric, round by round. */
export function difference(a: readonly Round[], b: readonly Round[], metric: string): Spread {
  return combine(a, b, metric, (x, y) => x - y);
}

export function spread(values: readonly number[]): Spread {
  assert(values.length > 0 && values.every(Number.isFinite), "something was measured");
  return {
    median: percentile(values, 50),
    min: Math.min(...values),
    max: Math.max(...values),
  };
}

/** One metric of all rounds. */
export function values(rounds: readonly Round[], metric: string): number[] {
  return rounds.map((round) => required(round[metric], `each round measured ${metric}`));
}

function combine(
  a: readonly Round[],
  b: readonly Round[],
  metric: string,
  of: (x: number, y: number) => number,
): Spread {
  assert(a.length === b.length, "both sides had as many rounds");
  const others = values(b, metric);
  return spread(values(a, metric).map((value, i) => of(value, others[i] ?? Number.NaN)));
}
