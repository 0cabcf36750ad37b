import { estimatedRttMs, greatCircleKm, type Place } from "../../shared/domain/great-circle.ts";
import type { RegionEntry } from "../../shared/contracts/regions.ts";

/** How long a measurement outweighs the estimate from distance: time constant of the decay, ms. */
const DECAY_MS = 5_000;
const EJECTION_MS_BASE = 1_000;
const EJECTION_MS_MAX = 30_000;
/** While a region that was out is tried again, others wait this long before they do too. */
const TRIAL_MS = 1_000;

interface Health {
  readonly seedMs: number;
  peakMs: number;
  measuredMs: number;
  failures: number;
  ejectedUntilMs: number;
}

/**
 * One location's view of the regions: how far each is (peak-EWMA of round trips, seeded by great-circle distance) and whether
 * it answers. Local and passive: what one location sees ejects nothing elsewhere.
 *
 * @see Finagle's peak-EWMA balancer; Envoy's outlier detection
 */
export class RegionHealth {
  readonly #health = new Map<string, Health>();

  constructor(regions: readonly RegionEntry[], here: Place) {
    for (const region of regions) {
      const seedMs = estimatedRttMs(greatCircleKm(here, region));
      this.#health.set(region.name, {
        seedMs,
        peakMs: seedMs,
        measuredMs: Number.NEGATIVE_INFINITY,
        failures: 0,
        ejectedUntilMs: 0,
      });
    }
  }

  /** Estimated round trip to a region, ms: the latest peak, fading to the estimate from distance. */
  rttMs(region: string, nowMs: number): number {
    const health = this.#health.get(region);
    if (health === undefined) return Number.POSITIVE_INFINITY;
    const fade = Math.exp(-Math.max(0, nowMs - health.measuredMs) / DECAY_MS);
    return health.seedMs + (health.peakMs - health.seedMs) * fade;
  }

  /** Whether the region may be asked; a region that was out is given to one asker at a time. */
  admits(region: string, nowMs: number): boolean {
    const health = this.#health.get(region);
    if (health === undefined) return false;
    if (nowMs < health.ejectedUntilMs) return false;
    if (health.failures > 0) health.ejectedUntilMs = nowMs + TRIAL_MS;
    return true;
  }

  /** @param rttMs the call's time less the function's own, >= 0 */
  succeeded(region: string, rttMs: number, nowMs: number): void {
    const health = this.#health.get(region);
    if (health === undefined) return;
    const current = this.rttMs(region, nowMs);
    // A slower round trip counts whole at once; faster ones are believed bit by bit.
    health.peakMs = rttMs > current ? rttMs : current + (rttMs - current) / 4;
    health.measuredMs = nowMs;
    health.failures = 0;
    health.ejectedUntilMs = 0;
  }

  failed(region: string, nowMs: number): void {
    const health = this.#health.get(region);
    if (health === undefined) return;
    health.failures += 1;
    health.ejectedUntilMs =
      nowMs + Math.min(EJECTION_MS_MAX, EJECTION_MS_BASE * 2 ** (health.failures - 1));
  }

  /** Whether the last call to the region failed. */
  out(region: string): boolean {
    return (this.#health.get(region)?.failures ?? 0) > 0;
  }
}
