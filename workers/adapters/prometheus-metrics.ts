import Counter from "prom-client/lib/counter.js";
import Histogram from "prom-client/lib/histogram.js";
import Registry from "prom-client/lib/registry.js";
import type { Metrics } from "../ports/metrics.ts";

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

  async text(): Promise<{ body: string; type: string }> {
    return { body: await this.#registry.metrics(), type: this.#registry.contentType };
  }
}
