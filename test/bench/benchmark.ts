import { required } from "../../shared/std/assert.ts";

/** What the command line says to every benchmark. */
export interface BenchOptions {
  /** Rounds of A B, >= 5 for a figure that may be quoted. */
  readonly rounds: number;
  /** Seconds of one side of one round, where a benchmark sends for a time. */
  readonly seconds: number;
  /** The benchmark's own sizes by name, as given with `--size` or as they are by themselves. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Also measure other engines, where they can be had; they are installed by the benchmark. */
  readonly peers: boolean;
  /** Says what is being done, on stderr. */
  readonly say: (step: string) => void;
}

/** One measured figure, with its spread over the rounds where it has one. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly min?: number;
  readonly max?: number;
  readonly goal?: { readonly atMost: number } | { readonly atLeast: number };
}

/** What a benchmark hands to main.ts, which adds the machine, prints and keeps it. */
export interface Measurement {
  readonly figures: readonly Figure[];
  /** Each side's raw figures, a round each. */
  readonly sides: Readonly<Record<string, readonly Readonly<Record<string, number>>[]>>;
  readonly sizes: Readonly<Record<string, number | string>>;
  readonly seed: number;
  /** What a reader must know to judge the figures. */
  readonly notes: readonly string[];
}

export interface Benchmark {
  readonly name: string;
  readonly measures: string;
  readonly reference: string;
  /** What `--size` may change, and what it is by itself. */
  readonly sizes?: Readonly<Record<string, number>>;
  run(options: BenchOptions): Promise<Measurement>;
}

/** Whether a figure meets its goal; null where it has none. */
export function isMet({ value, goal }: Figure): boolean | null {
  if (goal === undefined) return null;
  return "atMost" in goal ? value <= goal.atMost : value >= goal.atLeast;
}

/** One of a benchmark's sizes, which main.ts has filled in. */
export function sizeOf({ sizes }: Pick<BenchOptions, "sizes">, name: string): number {
  return required(sizes[name], `the benchmark has the size ${name}`);
}
