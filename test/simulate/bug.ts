import type { BlobStore } from "../../lambdas/ports/blobs.ts";
import type { VectorStore } from "../../lambdas/ports/store.ts";
import type { WatchList } from "../../lambdas/ports/watch-list.ts";
import type { WriteLog } from "../../lambdas/ports/write-log.ts";
import type { Edge } from "../../workers/edge.ts";
import type { RegionFunctions } from "../../workers/ports/region-functions.ts";
import type { RegionStore } from "../../workers/ports/region-store.ts";
import type { HistoryRequest } from "../history/request-of.ts";
import type { HistoryReply } from "../history/session.ts";
import type { Weather } from "./weather.ts";

/** Answers a request, as a location does. */
export type Serve = (tenant: string, request: HistoryRequest) => Promise<HistoryReply>;

/** What a planted bug makes of the parts of a region's process. */
export interface RegionBugs {
  readonly log: (log: WriteLog) => WriteLog;
  readonly store: (store: VectorStore) => VectorStore;
  readonly watch: (list: WatchList) => WatchList;
  readonly blobs: (blobs: BlobStore) => BlobStore;
}

/** And of the parts of a location's isolate. */
export interface EdgeBugs {
  readonly functions: (functions: RegionFunctions) => RegionFunctions;
  readonly store: (store: RegionStore) => RegionStore;
  readonly edge: (edge: Edge) => Edge;
  readonly serve: (serve: Serve) => Serve;
}

/** The clock of whatever world a bug is planted in. */
export interface BugTime {
  readonly nowMs: number;
  wait(delayMs: number, label: string): Promise<void>;
  /** As `AbortSignal.timeout`. */
  timeout(delayMs: number): AbortSignal;
}

/** What a planted bug may lean on. */
export interface BugWorld {
  readonly time: BugTime;
}

/** A rule as a careless builder would have it: wrappers around the ports of a process. The product has no switch for any of it. */
export interface Bug {
  /** Of each process anew. */
  readonly region?: (world: BugWorld) => Partial<RegionBugs>;
  readonly edge?: (world: BugWorld) => Partial<EdgeBugs>;
  /** What has to go wrong for it to show. */
  readonly weather?: Partial<Weather>;
}

const same = <T>(part: T) => part;

export function regionBugs(bug: Bug | null, world: BugWorld): RegionBugs {
  return { log: same, store: same, watch: same, blobs: same, ...bug?.region?.(world) };
}

export function edgeBugs(bug: Bug | null, world: BugWorld): EdgeBugs {
  return { functions: same, store: same, edge: same, serve: same, ...bug?.edge?.(world) };
}
