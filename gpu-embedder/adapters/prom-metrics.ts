import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { EmbedderMetrics } from "../ports/metrics.ts";

const PREFIX = "nearfield_embedder_";
const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const SECONDS_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export function promMetrics(): EmbedderMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: PREFIX });
  const requests = new Counter({
    name: `${PREFIX}requests_total`,
    help: "Requests answered",
    labelNames: ["route", "status"],
    registers,
  });
  const batchItems = new Histogram({
    name: `${PREFIX}batch_items`,
    help: "Inputs of one run of a model",
    labelNames: ["model"],
    buckets: BATCH_BUCKETS,
    registers,
  });
  const inference = new Histogram({
    name: `${PREFIX}inference_seconds`,
    help: "Time of one run of a model",
    labelNames: ["model"],
    buckets: SECONDS_BUCKETS,
    registers,
  });
  const queueItems = new Gauge({
    name: `${PREFIX}queue_items`,
    help: "Inputs waiting for a model",
    labelNames: ["model"],
    registers,
  });
  const dropped = new Counter({
    name: `${PREFIX}dropped_total`,
    help: "Inputs that were never run",
    labelNames: ["model", "reason"],
    registers,
  });
  return {
    requestDone: (route, status) => requests.inc({ route, status }),
    batchDone: (model, items, seconds) => {
      batchItems.observe({ model }, items);
      inference.observe({ model }, seconds);
    },
    waiting: (model, items) => queueItems.set({ model }, items),
    dropped: (model, reason, items) => dropped.inc({ model, reason }, items),
    expose: () => registry.metrics(),
  };
}
