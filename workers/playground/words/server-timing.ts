/** Milliseconds by stage of a Server-Timing header. @see W3C Server Timing */
export function readServerTiming(header: string | null): ReadonlyMap<string, number> {
  const stages = new Map<string, number>();
  for (const metric of (header ?? "").split(",")) {
    const found = /^\s*([\w-]+)\s*;\s*dur=([\d.]+)/.exec(metric);
    if (found?.[1] !== undefined) stages.set(found[1], Number(found[2]));
  }
  return stages;
}

/** The location's own time for the whole request, ms; null where it did not say. */
export function serverMs(header: string | null): number | null {
  return readServerTiming(header).get("total") ?? null;
}
