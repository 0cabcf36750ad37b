import type { Reconciled } from "../../shared/contracts/reconciled.ts";
import type { RegionsRefusal } from "../../shared/contracts/regions-record.ts";
import type { ReplicaLag } from "../../shared/contracts/replica-lag.ts";

/** How far a region is behind with a collection, as it told a moment ago. */
export interface ReplicaStanding {
  readonly region: string;
  readonly collection: string;
  /** Null is unknown, which is infinite. */
  readonly stalenessMs: number | null;
  readonly lag: ReplicaLag | null;
  readonly reconciled: Reconciled | null;
}

/** Counts for /metrics. Labels are from closed lists, so the number of series is bounded. */
export interface Metrics {
  requested(route: string, status: number, seconds: number): void;
  answered(tier: string): void;
  attempted(region: string, outcome: string): void;
  cacheFailed(tier: string): void;
  /** Of a query that was answered ahead. */
  warmed(outcome: "ok" | "refused" | "failed"): void;
  /** The regions record that is served from now on. @param version 0 for none */
  regionsTaken(version: number): void;
  /** A published regions record that was not taken, for a reason of a closed list. @param version its own; null where that can't be read */
  regionsRejected(reason: RegionsRefusal, version: number | null): void;
  /** This isolate's series, and the asking tenant's replicas, which are nobody else's to see, in the text form of Prometheus. */
  text(
    replicas: readonly ReplicaStanding[],
  ): Promise<{ readonly body: string; readonly type: string }>;
}
