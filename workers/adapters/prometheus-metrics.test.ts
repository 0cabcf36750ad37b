import { expect, test } from "vitest";
import { PrometheusMetrics } from "./prometheus-metrics.ts";

const lag = { p50Ms: 100, p95Ms: 300, p99Ms: 600, maxMs: 900, n: 4 };

test("a tenant's replicas are in its own text only, and in no later one", async () => {
  const metrics = new PrometheusMetrics();
  const reconciled = { verdict: "differs" as const, position: 7, atMs: 1 };
  const mine = { region: "eu", collection: "mine", stalenessMs: null, lag, reconciled };
  const { body } = await metrics.text([mine]);
  expect(body).toContain('nearfield_staleness_seconds{region="eu",collection="mine"} +Inf');
  expect(body).toContain(
    'nearfield_replication_lag_seconds{region="eu",collection="mine",quantile="0.95"} 0.3',
  );
  expect(body).toContain('nearfield_reconciled{region="eu",collection="mine",verdict="differs"} 1');
  const theirs = await metrics.text([{ ...mine, collection: "theirs", stalenessMs: 5 }]);
  expect(theirs.body).not.toContain("mine");
  expect(theirs.body).toContain("nearfield_edge_answers_total");
});
