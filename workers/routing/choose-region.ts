import type { RegionHealth } from "./region-health.ts";

/**
 * The regions in the order in which a read should try them: those that answer, nearest first, then those that are out.
 * The list is never shorter than the regions: the last one is not given up.
 */
export function chooseRegions(
  regions: readonly string[],
  health: RegionHealth,
  nowMs: number,
): string[] {
  const byDistance = regions
    .map((region) => ({ region, rttMs: health.rttMs(region, nowMs) }))
    .sort((a, b) => a.rttMs - b.rttMs || (a.region < b.region ? -1 : 1));
  const admitted: string[] = [];
  const out: string[] = [];
  for (const { region } of byDistance) {
    // Only the first choice is put on trial: asking about the others would use up their turns.
    const serves = admitted.length === 0 ? health.admits(region, nowMs) : !health.out(region);
    (serves ? admitted : out).push(region);
  }
  return [...admitted, ...out];
}
