import type { LegExplanation } from "../../shared/contracts/explain.ts";
import type { Coverage } from "../../shared/contracts/retrieve.ts";
import { bestFirst } from "../../shared/domain/candidate-order.ts";
import type { Filter } from "../../shared/domain/filter.ts";
import { abortable } from "../../shared/std/abortable.ts";
import type { OpenedRead } from "../freshness/reader.ts";
import type { Candidate } from "../ports/store.ts";
import type { Branch } from "./branch.ts";

/** Share of the time left that the legs get: the rest is for merging and hydrating. */
const LEG_SHARE = 0.8;

/** What each leg is asked for. */
export interface Breadth {
  /** Candidates wanted, >= 1. */
  readonly depth: number;
  /** With their rows' bodies. */
  readonly bodies: boolean;
  /** Without any index. */
  readonly exact: boolean;
}

export interface FannedOut {
  /** Per branch, in the branches' order: the best `depth` candidates of all shards, best first, ties by (id, passage). */
  readonly rankings: readonly (readonly Candidate[])[];
  readonly legs: readonly LegExplanation[];
  readonly coverage: Coverage;
}

/**
 * Asks every shard for every branch. A shard whose legs do not all answer in time is left out and named:
 * half a shard would make ranks that no shard map explains. What comes out does not depend on the number of shards.
 *
 * @param nowMs monotonic
 * @param remainingMs time left for the whole request
 */
export async function fanOut(
  { layout, view }: Pick<OpenedRead, "layout" | "view">,
  branches: readonly Branch[],
  filter: Filter | null,
  { depth, bodies, exact }: Breadth,
  nowMs: () => number,
  remainingMs: number,
  signal: AbortSignal,
): Promise<FannedOut> {
  const startMs = nowMs();
  const legSignal = AbortSignal.any([
    signal,
    AbortSignal.timeout(Math.max(1, Math.floor(remainingMs * LEG_SHARE))),
  ]);
  const ask = async (shard: number, { name, by }: Branch) => {
    const common = { shard, k: depth, filter, bodies };
    const { candidates, method } = await (by.kind === "words"
      ? view.match({ ...common, text: by.text }, legSignal)
      : view.search({ ...common, space: by.space, vector: by.vector, exact }, legSignal));
    const tookMs = Math.round((nowMs() - startMs) * 100) / 100;
    return {
      candidates,
      leg: { shard, branch: name, ...method, candidates: candidates.length, tookMs },
    };
  };
  const shards = await Promise.allSettled(
    Array.from({ length: layout.shards }, (_, shard) =>
      abortable(Promise.all(branches.map((branch) => ask(shard, branch))), legSignal),
    ),
  );
  const missing = shards.flatMap((of, shard) =>
    of.status === "fulfilled"
      ? []
      : [{ shard, reason: legSignal.aborted ? ("late" as const) : ("failed" as const) }],
  );
  if (missing.length === layout.shards) throw firstReason(shards);
  const answered = shards.flatMap((of) => (of.status === "fulfilled" ? [of.value] : []));
  return {
    rankings: branches.map((_, branch) =>
      answered
        .flatMap((lists) => lists[branch]?.candidates ?? [])
        .sort(bestFirst)
        .slice(0, depth),
    ),
    legs: answered.flatMap((lists) => lists.map(({ leg }) => leg)),
    coverage: { shards: layout.shards, answered: answered.length, missing },
  };
}

function firstReason(shards: readonly PromiseSettledResult<unknown>[]): unknown {
  return shards.find((of) => of.status === "rejected")?.reason;
}
