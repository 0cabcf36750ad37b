import type { Caller } from "../shared/contracts/caller.ts";
import type { CallerContext } from "../shared/contracts/caller.ts";
import type { LocationEntry } from "../shared/contracts/edge-env.ts";
import type { RegionEntry } from "../shared/contracts/regions.ts";
import type { LogClocks } from "./cache/freshness.ts";
import type { HotAnswers } from "./cache/hot-answers.ts";
import type { SingleFlight } from "./cache/single-flight.ts";
import type { Door } from "./door/authenticate.ts";
import type { MediaPaths } from "./door/media-paths.ts";
import type { LocationCache } from "./ports/location-cache.ts";
import type { Metrics } from "./ports/metrics.ts";
import type { RegionStore } from "./ports/region-store.ts";
import type { BroughtAnswer } from "./cache/brought-answer.ts";
import type { Heat } from "./warm/heat.ts";
import type { Router } from "./routing/call-regions.ts";
import type { RegionsPoll } from "./routing/poll-regions.ts";
import type { PrimaryRegions } from "./routing/primary-regions.ts";
import type { ServedRegions } from "./routing/served-regions.ts";

/** Where this isolate runs. */
export interface Here {
  readonly name: string;
  readonly city: string;
  readonly latitude: number;
  readonly longitude: number;
}

/** A wired location: what the routes work with. */
export interface Edge {
  readonly here: Here;
  readonly distance: "real" | "simulated" | "off";
  readonly regions: readonly RegionEntry[];
  /** Which of them are read. */
  readonly served: ServedRegions;
  readonly regionsPoll: RegionsPoll;
  readonly locations: readonly LocationEntry[];
  /** Of collections that are made from now on. */
  readonly primary: string;
  readonly primaries: PrimaryRegions;
  readonly door: Door;
  readonly hot: HotAnswers;
  readonly heat: Heat;
  /** Regions' Redis, by the region's name. */
  readonly stores: ReadonlyMap<string, RegionStore>;
  /** The nearest region's that is read and answers; null if none can be asked now. */
  readonly nearestStore: () => RegionStore | null;
  /** Answers on their way from a region to all who ask for them now. */
  readonly flights: SingleFlight<BroughtAnswer>;
  readonly clocks: LogClocks;
  readonly router: Router;
  readonly location: LocationCache;
  readonly metrics: Metrics;
  readonly mediaPaths: MediaPaths;
  readonly nowMs: () => number;
  readonly newId: () => string;
  readonly vouch: (caller: Caller) => CallerContext;
  /** The page and its files; null for a deployment without. */
  readonly assets: ((request: Request) => Promise<Response>) | null;
}
