import type { PlanExplanation } from "../../../shared/contracts/explain.ts";
import { readServerTiming } from "./server-timing.ts";

export interface Row {
  readonly name: string;
  /** Colour: the location's work, the way to the region, the region's work, or a shard's within it. */
  readonly kind: "here" | "way" | "there" | "shard";
  /** Start and length of each bar, ms. */
  readonly bars: readonly { readonly startMs: number; readonly lengthMs: number }[];
  readonly ms: number;
}

export interface Waterfall {
  readonly rows: readonly Row[];
  readonly totalMs: number;
}

/** Below this nothing of a bar can be seen, and the clock of an edge location may stand still. */
const SHOWN_MS_MIN = 0.05;

/** What the header does not explain: reading and writing JSON, and calls to regions that did not answer. */
const OTHER_MS_MIN = 2;
/** Reading and writing JSON takes less, even on a busy machine. */
const EARLIER_TRY_MS_MIN = 50;

const STAGES: Readonly<Record<string, string>> = {
  open: "check freshness",
  embed: "embed the query",
  search: "search the shards",
  compare: "compare with the index",
  hydrate: "fetch documents",
  rerank: "read the best again",
  watch: "watch for changes",
};

/**
 * The request's stages on one time line. `door` and `cache` of the header count from the request's start, `region` is the last
 * call's length; what the region says of its own stages lies in the middle of that call, the way there and back around it.
 *
 * @param timings ms by stage, of the region's computation; undefined where nothing was computed
 * @param plan of the same computation, for its shards
 */
export function waterfallRows(
  header: string | null,
  timings: Readonly<Record<string, number>> | undefined,
  region: string,
  plan?: PlanExplanation,
): Waterfall {
  const stages = readServerTiming(header);
  const totalMs = stages.get("total") ?? 0;
  const doorMs = stages.get("door") ?? 0;
  const cacheMs = Math.max(doorMs, stages.get("cache") ?? doorMs);
  const rows: Row[] = [
    row("check the key", "here", 0, doorMs),
    row("look into caches", "here", doorMs, cacheMs - doorMs),
  ];
  const regionMs = stages.get("region");
  if (regionMs === undefined) return { rows, totalMs };
  const startMs = Math.max(cacheMs, totalMs - regionMs);
  const otherMs = startMs - cacheMs;
  const other = otherMs < EARLIER_TRY_MS_MIN ? "other work here" : "other work, earlier tries";
  if (otherMs > OTHER_MS_MIN) rows.push(row(other, "here", cacheMs, otherMs));
  const inside = stageRows(timings ?? {}, plan);
  const wayMs = Math.max(0, regionMs - inside.totalMs);
  rows.push({
    name: timings === undefined ? "is it still right?" : `to ${region} and back`,
    kind: "way",
    bars: [
      { startMs, lengthMs: wayMs / 2 },
      { startMs: startMs + wayMs / 2 + inside.totalMs, lengthMs: wayMs / 2 },
    ],
    ms: wayMs,
  });
  const shifted = inside.rows.map((one) => ({
    ...one,
    bars: one.bars.map((bar) => ({ ...bar, startMs: bar.startMs + startMs + wayMs / 2 })),
  }));
  return { rows: [...rows, ...shifted], totalMs };
}

/** A region's stages, one after the other from 0, with each shard's part in the search. */
export function stageRows(
  timings: Readonly<Record<string, number>>,
  plan: PlanExplanation | undefined,
): Waterfall {
  const rows: Row[] = [];
  let atMs = 0;
  for (const [stage, ms] of Object.entries(timings)) {
    if (ms < SHOWN_MS_MIN) continue;
    rows.push(row(STAGES[stage] ?? stage, "there", atMs, ms));
    if (stage === "search" && plan !== undefined) rows.push(...shardRows(plan, atMs, ms));
    atMs += ms;
  }
  return { rows, totalMs: atMs };
}

/** Each shard by its slowest leg. Only the last round is told of: where there were more, it stands at the search's end. */
function shardRows({ legs, rounds }: PlanExplanation, startMs: number, searchMs: number): Row[] {
  const slowest = new Map<number, number>();
  for (const { shard, tookMs } of legs)
    slowest.set(shard, Math.max(slowest.get(shard) ?? 0, tookMs));
  const roundMs = Math.max(0, ...slowest.values());
  const fromMs = rounds === 1 ? startMs : startMs + Math.max(0, searchMs - roundMs);
  return [...slowest]
    .sort(([a], [b]) => a - b)
    .map(([shard, ms]) => row(`shard ${shard}`, "shard", fromMs, ms));
}

function row(name: string, kind: Row["kind"], startMs: number, ms: number): Row {
  return { name, kind, bars: [{ startMs, lengthMs: ms }], ms };
}
