import type { ReplicaLag } from "../../shared/contracts/replica-lag.ts";

export interface ReplicaStanding {
  readonly stalenessMs: number | null;
  readonly lag: ReplicaLag | null;
}

/** Counts for /metrics. Labels are from closed lists, so the number of series is bounded. */
export interface Metrics {
  requested(route: string, status: number, seconds: number): void;
  answered(tier: string): void;
  attempted(region: string, outcome: string): void;
  cacheFailed(tier: string): void;
  /** Of a query that was answered ahead. */
  warmed(outcome: "ok" | "refused" | "failed"): void;
  /** How far a region is behind with a collection, as it told a moment ago. Unknown staleness is infinite. */
  replicated(region: string, collection: string, standing: ReplicaStanding): void;
  /** All series in the text form of Prometheus. */
  text(): Promise<{ readonly body: string; readonly type: string }>;
}
