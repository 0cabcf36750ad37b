import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { parseFilter } from "../../shared/contracts/filter.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { CoveragePolicy } from "../../shared/contracts/query.ts";
import type {
  RegionHit,
  RetrieveEvent,
  RetrieveResult,
  UnchangedResult,
} from "../../shared/contracts/region-event.ts";
import type { Coverage } from "../../shared/contracts/retrieve.ts";
import { samePoint } from "../../shared/domain/point.ts";
import { shardOf } from "../../shared/domain/ring.ts";
import { utf8Length } from "../../shared/std/bytes.ts";
import type { Clock } from "../../shared/std/clock.ts";
import type { OpenedRead, Reader } from "../freshness/reader.ts";
import type { StoredRow } from "../ports/store.ts";
import type { Branch } from "./branch.ts";
import { planBranches } from "./branches.ts";
import type { EmbedDeps } from "./embed-part.ts";
import { explainHit, explainPlan } from "./explain.ts";
import { fetchDocuments, toPayload } from "./hydrate.ts";
import { rank } from "./rank.ts";
import type { RankedHit } from "./ranked-hit.ts";

export interface RetrieveDeps extends EmbedDeps {
  readonly reader: Reader;
  readonly clock: Clock;
}

/** What retrieval needs of an event; a written answer asks with the same. */
export type Retrieval = Omit<
  RetrieveEvent,
  "op" | "requestId" | "traceparent" | "context" | "collection"
>;

/** So many of the largest possible hits fit a reply: fewer need not be measured. */
const HITS_THAT_FIT = 300;

/**
 * One retrieval: open at the asked freshness, embed, fan out, fuse, hydrate. If the edge holds the answer of this very
 * point, nothing is searched.
 */
export async function retrieve(
  deps: RetrieveDeps,
  record: CollectionRecord,
  asked: Retrieval,
  signal: AbortSignal,
): Promise<RetrieveResult | UnchangedResult> {
  const nowMs = () => deps.clock.monotonicMs();
  const startMs = nowMs();
  const laps = stopwatch(nowMs);
  const filter = parseFilter(asked.filter, record.fields);
  const opened = await deps.reader.open(record, asked.freshness, signal);
  const { served } = opened;
  laps.lap("open");
  if (
    asked.known !== null &&
    asked.known.incarnation === served.incarnation &&
    samePoint(asked.known.point, served.point)
  ) {
    return { kind: "unchanged", served };
  }
  const planned = await planBranches(deps, record, asked.queries, asked.fuse, opened, signal);
  laps.lap("embed");
  const time = { nowMs, remainingMs: () => asked.deadlineMs - (nowMs() - startMs) };
  const ranking = await rank(opened, planned, filter, asked, asked.exact, time, signal);
  const { coverage } = ranking.found;
  enough(coverage, asked.coverage);
  laps.lap("search");
  const compared = asked.exact
    ? await rank(opened, planned, filter, asked, false, time, signal)
    : null;
  if (compared !== null) laps.lap("compare");
  const hits = await hydrated(opened, planned.branches, ranking.hits, asked.explain, signal);
  if (hits.length > HITS_THAT_FIT && utf8Length(JSON.stringify(hits)) > LIMITS.replyBytesMax) {
    throw new Problem("limit-exceeded", "These hits are too large for one reply: lower k.");
  }
  laps.lap("hydrate");
  return {
    kind: "answer",
    served,
    hits,
    coverage,
    ...(compared === null ? {} : { exact: recall(ranking.hits, compared.hits) }),
    ...(asked.explain ? { explain: explainPlan(record, asked.fuse, ranking, laps.timings) } : {}),
    timings: laps.timings,
  };
}

/** @throws Problem `coverage-unavailable` where fewer shards answered than the caller wants */
function enough({ shards, answered }: Coverage, policy: CoveragePolicy): void {
  const share = policy === "any" ? 0 : policy === "all" ? 1 : policy.atLeast;
  if (answered / shards < share)
    throw new Problem(
      "coverage-unavailable",
      `${answered} of ${shards} shards answered in time. Ask again, allow more time, or allow a lower coverage.`,
    );
}

/** The hits with their payloads, read once, of what is shown alone. */
async function hydrated(
  opened: OpenedRead,
  branches: readonly Branch[],
  ranked: readonly RankedHit[],
  explain: boolean,
  signal: AbortSignal,
): Promise<RegionHit[]> {
  const without = ranked.filter(({ candidate }) => candidate.body === undefined);
  const ids = [...new Set(without.map(({ id }) => id))];
  const rows =
    ids.length === 0
      ? new Map<string, StoredRow[]>()
      : await fetchDocuments(opened, ids, { vectors: false }, signal);
  return ranked.flatMap((hit) => {
    const { id, candidate, score, contributions, folded } = hit;
    const { body, passage } = candidate;
    const of = rows.get(id) ?? [];
    const row =
      body === undefined
        ? (of.find((one) => one.passage === passage) ?? of[0])
        : { id, passage, body };
    if (row === undefined) return []; // Deleted since, where the engine can't pin a version.
    const shown = contributions.filter(({ share }) => share > 0).map(({ branch }) => branch);
    return [
      {
        id,
        score,
        ...toPayload(row),
        matchedBy: [...new Set(shown)],
        ...(folded.length === 0 ? {} : { folded: [...folded] }),
        ...(explain ? { explain: explainHit(branches, hit, shardOf(opened.ring, id)) } : {}),
      },
    ];
  });
}

function recall(exact: readonly RankedHit[], approximate: readonly RankedHit[]) {
  const keyOf = ({ id, candidate }: RankedHit) => `${candidate.passage} ${id}`;
  const found = new Set(approximate.map(keyOf));
  const share = exact.filter((hit) => found.has(keyOf(hit))).length / Math.max(1, exact.length);
  return { recall: exact.length === 0 ? 1 : share, compared: exact.length };
}

function stopwatch(nowMs: () => number) {
  const timings: Record<string, number> = {};
  let lastMs = nowMs();
  return {
    timings,
    lap(stage: string): void {
      const atMs = nowMs();
      timings[stage] = Math.round((atMs - lastMs) * 100) / 100;
      lastMs = atMs;
    },
  };
}
