import type { Random } from "../../shared/std/random.ts";

/** What can go wrong, and how often: each world has some of it. */
export interface Weather {
  /** Share of messages, each way. */
  readonly lost: number;
  readonly doubled: number;
  readonly slow: number;
  /** Longest that a slow message takes more. */
  readonly slowMs: number;
  /** Share of the store's calls that are slow, and that are cut in two. */
  readonly storeSlow: number;
  readonly storeSlowMs: number;
  readonly storeTorn: number;
  /** Share of the shards' answers that fail. */
  readonly legFails: number;
  /** Mean time from one incident to the next, ms, by what happens; left out: it never does. */
  readonly incidents: Readonly<Partial<Record<Incident, number>>>;
}

export const INCIDENTS = [
  "process-killed",
  "process-still",
  "link-cut",
  "log-restarts",
  "redis-restarts",
  "redis-emptied",
  "isolate-evicted",
  "location-forgets",
  "log-clock-jumps",
  "log-clock-falls",
] as const;
export type Incident = (typeof INCIDENTS)[number];

/** Nothing goes wrong. */
export const CALM: Weather = {
  lost: 0,
  doubled: 0,
  slow: 0,
  slowMs: 0,
  storeSlow: 0,
  storeSlowMs: 0,
  storeTorn: 0,
  legFails: 0,
  incidents: {},
};

/** Swarm: a seed's own subset of faults, each at its own rate. @see Groce et al.: "Swarm Testing", ISSTA 2012 */
export function drawWeather(random: Random): Weather {
  const some = (most: number) => (random() < 0.5 ? 0 : random() * most);
  const incidents: Partial<Record<Incident, number>> = {};
  for (const incident of INCIDENTS)
    if (random() < 0.5) incidents[incident] = 4_000 + random() * 40_000;
  return {
    lost: some(0.04),
    doubled: some(0.1),
    slow: some(0.2),
    slowMs: 50 + random() * 3_000,
    storeSlow: some(0.1),
    storeSlowMs: 10 + random() * 2_000,
    storeTorn: some(0.3),
    legFails: some(0.03),
    incidents,
  };
}
