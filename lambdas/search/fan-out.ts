import type { LegExplanation } from "../../shared/contracts/explain.ts";
import type { Coverage } from "../../shared/contracts/retrieve.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { bestFirst } from "../../shared/domain/candidate-order.ts";
import type { Filter } from "../../shared/domain/filter.ts";
import { abortable } from "../../shared/std/abortable.ts";
import type { Candidate, Searched, StoreView } from "../ports/store.ts";
import type { Branch } from "./branch.ts";

/** Share of the time left that the legs get: the rest is for merging and hydrating. */
const LEG_SHARE = 0.8;

/** What each leg is asked for. */
export interface Breadth {
  /** Candidates wanted, >= 1. */
  readonly depth: number;
  /** With their rows' bodies; `known`: where that costs no reading. */
  readonly bodies: boolean | "known";
  /** Without any index. */
  readonly exact: boolean;
}

/** A candidate, and the shard that it lies on. */
export type Found = Candidate & { readonly shard: number };

export interface FannedOut {
  /** Per branch, in the branches' order: the best `depth` candidates of all shards, best first, ties by (id, passage). */
  readonly rankings: readonly (readonly Found[])[];
  readonly legs: readonly LegExplanation[];
  readonly coverage: Coverage;
}

/** A request's time, and who hears of what fails in it. */
export interface FanOutTime {
  /** Monotonic. */
  readonly nowMs: () => number;
  /** Left for the whole request. */
  readonly remainingMs: () => number;
  readonly onLegFailed: (shard: number, error: unknown) => void;
}

type Leg = { readonly candidates: readonly Found[]; readonly leg: LegExplanation };
type Shard =
  | { readonly legs: readonly Leg[] }
  | { readonly shard: number; readonly reason: "late" | "failed"; readonly error: unknown };

/**
 * Asks the shards for every branch. A shard whose legs do not all answer in time is left out and named:
 * half a shard would make ranks that no shard map explains. What is near comes out the same whatever the number of shards;
 * words are scored by the statistics of each shard.
 *
 * @throws Problem `deadline-exceeded` where no shard answered in time, or what the first failed with where all failed
 */
export async function fanOut(
  view: StoreView,
  asked: readonly number[],
  branches: readonly Branch[],
  filter: Filter | null,
  breadth: Breadth,
  { nowMs, remainingMs, onLegFailed }: FanOutTime,
  signal: AbortSignal,
): Promise<FannedOut> {
  const startMs = nowMs();
  const legMs = Math.max(1, Math.floor(remainingMs() * LEG_SHARE));
  const legSignal = AbortSignal.any([signal, AbortSignal.timeout(legMs)]);
  const ask = async (shard: number, branch: Branch): Promise<Leg> => {
    const { candidates, method } = await askShard(view, shard, branch, filter, breadth, legSignal);
    const tookMs = Math.round((nowMs() - startMs) * 100) / 100;
    const { name } = branch;
    return {
      candidates: candidates.map((candidate) => ({ ...candidate, shard })),
      leg: { shard, branch: name, ...method, candidates: candidates.length, tookMs },
    };
  };
  const askAll = async (shard: number): Promise<Shard> => {
    try {
      const legs = Promise.all(branches.map((branch) => ask(shard, branch)));
      return { legs: await abortable(legs, legSignal) };
    } catch (error) {
      signal.throwIfAborted();
      const reason = legSignal.aborted ? "late" : "failed";
      if (reason === "failed") onLegFailed(shard, error);
      return { shard, reason, error };
    }
  };
  const shards = await Promise.all(asked.map(askAll));
  const answered = shards.flatMap((of) => ("legs" in of ? [of.legs] : []));
  const missing = shards.flatMap((of) => ("legs" in of ? [] : [of]));
  if (missing.length > 0 && answered.length === 0) throw noAnswer(missing);
  return {
    rankings: branches.map((_, branch) =>
      answered
        .flatMap((legs) => legs[branch]?.candidates ?? [])
        .sort(bestFirst)
        .slice(0, breadth.depth),
    ),
    legs: answered.flatMap((legs) => legs.map(({ leg }) => leg)),
    coverage: {
      shards: asked.length,
      answered: answered.length,
      missing: missing.map(({ shard, reason }) => ({ shard, reason })),
    },
  };
}

function askShard(
  view: StoreView,
  shard: number,
  { by }: Branch,
  filter: Filter | null,
  { depth, bodies, exact }: Breadth,
  signal: AbortSignal,
): Promise<Searched> {
  const common = { shard, k: depth, filter, bodies };
  return by.kind === "words"
    ? view.match({ ...common, text: by.text }, signal)
    : view.search({ ...common, space: by.space, vector: by.vector, exact }, signal);
}

/** Slowness is told as such: the region is not ill because a caller had little time. */
function noAnswer(missing: readonly Extract<Shard, { readonly reason: string }>[]): unknown {
  const failed = missing.find(({ reason }) => reason === "failed");
  if (failed !== undefined) return failed.error;
  return new Problem("deadline-exceeded", "No shard answered in time: give more time.", {
    cause: missing[0]?.error,
  });
}
