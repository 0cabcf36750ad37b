import { estimatedRttMs, greatCircleKm, type Place } from "../../shared/domain/great-circle.ts";
import type { RegionEntry } from "../../shared/contracts/regions.ts";

/** How long a measurement outweighs the estimate from distance: time constant of the decay, ms. */
const DECAY_MS = 5_000;
/** A measurement this much above the estimate from distance says that something is wrong there. */
const CLEARLY_SHARE = 1.3;
const CLEARLY_MS = 40;
const EJECTION_MS_BASE = 1_000;
/** A region that is back serves again within this; until then one read in so long finds out that it isn't. */
const EJECTION_MS_MAX = 5_000;
/** A region that had too much to do is spared for so long: refusing costs it time too. */
const SPARED_MS = 100;
/** While a region that was out is tried again, others wait this long before they do too. */
const TRIAL_MS = 1_000;

interface Health {
  readonly seedMs: number;
  peakMs: number;
  /** The last round trip, ms. */
  lastMs: number;
  measuredMs: number;
  failures: number;
  ejectedUntilMs: number;
  sparedUntilMs: number;
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
        lastMs: seedMs,
        measuredMs: Number.NEGATIVE_INFINITY,
        failures: 0,
        ejectedUntilMs: 0,
        sparedUntilMs: 0,
      });
    }
  }

  /**
   * Round trip to a region, ms, for comparing regions. A measurement holds the work of this process and of a new connection too,
   * which an estimate from distance does not: it counts where it is clearly longer than the estimate, or shorter.
   */
  rttMs(region: string, nowMs: number): number {
    const health = this.#health.get(region);
    if (health === undefined) return Number.POSITIVE_INFINITY;
    const measuredMs = this.#measuredMs(health, nowMs);
    const clearly =
      measuredMs > health.seedMs * CLEARLY_SHARE + CLEARLY_MS || measuredMs < health.seedMs;
    return clearly ? measuredMs : health.seedMs;
  }

  /** The latest peak, fading to the estimate. */
  #measuredMs(health: Health, nowMs: number): number {
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
    const current = this.#measuredMs(health, nowMs);
    // A slower round trip counts whole, if the one before was slow too: one alone may have opened a connection.
    const peakMs = Math.min(rttMs, health.lastMs);
    health.peakMs = peakMs > current ? peakMs : current + (Math.min(rttMs, current) - current) / 4;
    health.lastMs = rttMs;
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

  /** The region answered that it has as much to do as it can. */
  overloaded(region: string, nowMs: number): void {
    const health = this.#health.get(region);
    if (health !== undefined) health.sparedUntilMs = nowMs + SPARED_MS;
  }

  /** Whether the region has just said that it has as much to do as it can. */
  spared(region: string, nowMs: number): boolean {
    return nowMs < (this.#health.get(region)?.sparedUntilMs ?? 0);
  }

  /** Whether the last call to the region failed. */
  out(region: string): boolean {
    return (this.#health.get(region)?.failures ?? 0) > 0;
  }
}
