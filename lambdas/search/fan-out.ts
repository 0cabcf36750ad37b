import type { Coverage } from "../../shared/contracts/retrieve.ts";
import type { Filter } from "../../shared/domain/filter.ts";
import { bestFirst } from "../../shared/domain/candidate-order.ts";
import { abortable } from "../../shared/std/abortable.ts";
import type { OpenedRead } from "../freshness/reader.ts";
import type { Candidate } from "../ports/store.ts";
import type { Branch } from "./branches.ts";

/** Share of the time left that the legs get: the rest is for merging and hydrating. */
const LEG_SHARE = 0.8;

export interface FannedOut {
  /** Per branch, in the branches' order: candidates of all shards, best first, ties by (id, passage). */
  readonly rankings: readonly (readonly Candidate[])[];
  readonly coverage: Coverage;
}

/**
 * Asks every shard for every branch. A shard whose legs do not all answer in time is left out and named:
 * half a shard would make ranks that no shard map explains.
 *
 * @param breadth candidates wanted of each leg, >= 1, and whether with their bodies
 * @param remainingMs time left for the whole request
 */
export async function fanOut(
  { layout, view }: Pick<OpenedRead, "layout" | "view">,
  branches: readonly Branch[],
  filter: Filter | null,
  breadth: { readonly depth: number; readonly bodies: boolean },
  remainingMs: number,
  signal: AbortSignal,
): Promise<FannedOut> {
  const legSignal = AbortSignal.any([
    signal,
    AbortSignal.timeout(Math.max(1, Math.floor(remainingMs * LEG_SHARE))),
  ]);
  const legs = await Promise.allSettled(
    Array.from({ length: layout.shards }, (_, shard) => {
      const asked = branches.map(({ space, vector }) =>
        view.search(
          { shard, space, vector, k: breadth.depth, filter, bodies: breadth.bodies },
          legSignal,
        ),
      );
      return abortable(Promise.all(asked), legSignal);
    }),
  );
  const missing = legs.flatMap((leg, shard) =>
    leg.status === "fulfilled"
      ? []
      : [{ shard, reason: legSignal.aborted ? ("late" as const) : ("failed" as const) }],
  );
  if (missing.length === layout.shards) throw firstReason(legs);
  const answered = legs.flatMap((leg) => (leg.status === "fulfilled" ? [leg.value] : []));
  return {
    rankings: branches.map((_, branch) =>
      answered.flatMap((lists) => lists[branch] ?? []).sort(bestFirst),
    ),
    coverage: { shards: layout.shards, answered: answered.length, missing },
  };
}

function firstReason(legs: readonly PromiseSettledResult<unknown>[]): unknown {
  return legs.find((leg) => leg.status === "rejected")?.reason;
}
