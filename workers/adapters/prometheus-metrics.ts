import { Reconciled } from "../../shared/contracts/reconciled.ts";
import Counter from "prom-client/lib/counter.js";
import Gauge from "prom-client/lib/gauge.js";
import Histogram from "prom-client/lib/histogram.js";
import Registry from "prom-client/lib/registry.js";
import type { RegionsRefusal } from "../../shared/contracts/regions-record.ts";
import type { Metrics, ReplicaStanding } from "../ports/metrics.ts";

/** Counts of this isolate. A location's isolates are scraped apart, as Workers give no way to add them up. */
export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry();
  readonly #seconds = new Histogram({
    name: "nearfield_edge_request_seconds",
    help: "Time from the request's arrival to its reply",
    labelNames: ["route", "status"],
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers: [this.#registry],
  });
  readonly #answers = new Counter({
    name: "nearfield_edge_answers_total",
    help: "Answers by the tier they came from",
    labelNames: ["tier"],
    registers: [this.#registry],
  });
  readonly #attempts = new Counter({
    name: "nearfield_edge_region_attempts_total",
    help: "Calls to regions by outcome",
    labelNames: ["region", "outcome"],
    registers: [this.#registry],
  });
  readonly #cacheFailures = new Counter({
    name: "nearfield_edge_cache_failures_total",
    help: "Reads and writes that a cache tier could not do",
    labelNames: ["tier"],
    registers: [this.#registry],
  });

  readonly #warmed = new Counter({
    name: "nearfield_edge_warmed_total",
    help: "Hot queries answered ahead, by outcome",
    labelNames: ["outcome"],
    registers: [this.#registry],
  });
  readonly #regionsVersion = new Gauge({
    name: "nearfield_edge_regions_version",
    help: "Version of the regions record that is served; 0: as deployed",
    registers: [this.#registry],
  });
  readonly #regionsRejections = new Counter({
    name: "nearfield_edge_regions_rejections_total",
    help: "Published regions records that were not taken, by reason",
    labelNames: ["reason"],
    registers: [this.#registry],
  });
  readonly #regionsRejectedVersion = new Gauge({
    name: "nearfield_edge_regions_rejected_version",
    help: "Version of the regions record that was rejected last; 0: none, not a number where it could not be read",
    registers: [this.#registry],
  });

  requested(route: string, status: number, seconds: number): void {
    this.#seconds.observe({ route, status: String(status) }, seconds);
  }

  answered(tier: string): void {
    this.#answers.inc({ tier });
  }

  attempted(region: string, outcome: string): void {
    this.#attempts.inc({ region, outcome });
  }

  cacheFailed(tier: string): void {
    this.#cacheFailures.inc({ tier });
  }

  warmed(outcome: "ok" | "refused" | "failed"): void {
    this.#warmed.inc({ outcome });
  }

  regionsTaken(version: number): void {
    this.#regionsVersion.set(version);
  }

  regionsRejected(reason: RegionsRefusal, version: number | null): void {
    this.#regionsRejections.inc({ reason });
    this.#regionsRejectedVersion.set(version ?? Number.NaN);
  }

  async text(replicas: readonly ReplicaStanding[]): Promise<{ body: string; type: string }> {
    const texts = [await this.#registry.metrics(), await replicaSeries(replicas).metrics()];
    return { body: texts.join("\n"), type: this.#registry.contentType };
  }
}

const VERDICTS = Reconciled.shape.verdict.options;

function replicaSeries(replicas: readonly ReplicaStanding[]): Registry {
  const registry = new Registry();
  const lags = new Gauge({
    name: "nearfield_replication_lag_seconds",
    help: "From a write's append until it could be read in the region, of the newest 1,000 writes",
    labelNames: ["region", "collection", "quantile"],
    registers: [registry],
  });
  const staleness = new Gauge({
    name: "nearfield_staleness_seconds",
    help: "How old what the region shows may be; unknown is infinite",
    labelNames: ["region", "collection"],
    registers: [registry],
  });
  const reconciled = new Gauge({
    name: "nearfield_reconciled",
    help: "What came of comparing the region's copy with the primary's last: 1 beside the verdict",
    labelNames: ["region", "collection", "verdict"],
    registers: [registry],
  });
  for (const { region, collection, stalenessMs, lag, ...of } of replicas) {
    for (const verdict of of.reconciled === null ? [] : VERDICTS)
      reconciled.set({ region, collection, verdict }, of.reconciled?.verdict === verdict ? 1 : 0);
    staleness.set(
      { region, collection },
      stalenessMs === null ? Number.POSITIVE_INFINITY : stalenessMs / 1_000,
    );
    if (lag === null) continue;
    const quantiles = { "0.5": lag.p50Ms, "0.95": lag.p95Ms, "0.99": lag.p99Ms, "1": lag.maxMs };
    for (const [quantile, ms] of Object.entries(quantiles))
      lags.set({ region, collection, quantile }, ms / 1_000);
  }
  return registry;
}
