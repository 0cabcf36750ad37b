import { readServerTiming } from "./server-timing.ts";

export interface Row {
  readonly name: string;
  /** Colour: the location's work, the way to the region, or the region's work. */
  readonly kind: "here" | "way" | "there";
  /** Start and length of each bar, ms. */
  readonly bars: readonly { readonly startMs: number; readonly lengthMs: number }[];
  readonly ms: number;
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
  hydrate: "fetch documents",
};

/**
 * The request's stages on one time line. `door` and `cache` of the header count from the request's start, `region` is the last
 * call's length; what the region says of its own stages lies in the middle of that call, the way there and back around it.
 *
 * @param timings ms by stage, of the region's computation; undefined where nothing was computed
 */
export function waterfallRows(
  header: string | null,
  timings: Readonly<Record<string, number>> | undefined,
  region: string,
): { readonly rows: readonly Row[]; readonly totalMs: number } {
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
  const inside = Object.entries(timings ?? {}).filter(([, ms]) => ms >= SHOWN_MS_MIN);
  const insideMs = inside.reduce((sum, [, ms]) => sum + ms, 0);
  const wayMs = Math.max(0, regionMs - insideMs);
  rows.push({
    name: timings === undefined ? "is it still right?" : `to ${region} and back`,
    kind: "way",
    bars: [
      { startMs, lengthMs: wayMs / 2 },
      { startMs: startMs + wayMs / 2 + insideMs, lengthMs: wayMs / 2 },
    ],
    ms: wayMs,
  });
  let atMs = startMs + wayMs / 2;
  for (const [stage, ms] of inside) {
    rows.push(row(STAGES[stage] ?? stage, "there", atMs, ms));
    atMs += ms;
  }
  return { rows, totalMs };
}

function row(name: string, kind: Row["kind"], startMs: number, ms: number): Row {
  return { name, kind, bars: [{ startMs, lengthMs: ms }], ms };
}
