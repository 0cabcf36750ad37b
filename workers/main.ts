import type { Hono } from "hono";
import { createApp } from "./app.ts";
import { choosePorts, wire, type Bindings } from "./compose.ts";
import type { Edge } from "./edge.ts";
import type { Variables } from "./http/request.ts";
import { loadHottest } from "./warm/load-hottest.ts";
import { warmRegions } from "./warm/warm-regions.ts";

/** One an isolate: its caches and its view of the regions live as long as it does. */
let edge: Edge | null = null;
let app: Hono<{ Variables: Variables }> | null = null;

export default {
  async fetch(request, bindings, context) {
    const defer = (work: Promise<unknown>) => context.waitUntil(work);
    if (edge === null || app === null) {
      edge = wire(choosePorts(bindings, request.cf));
      app = createApp(edge);
      defer(loadHottest(edge, defer));
    }
    await edge.regionsPoll.ready(defer);
    return app.fetch(request, bindings, context);
  },
  async scheduled(_, bindings) {
    const warming = edge ?? wire(choosePorts(bindings, undefined));
    await warming.regionsPoll.look();
    await warmRegions(warming);
  },
} satisfies ExportedHandler<Bindings, unknown, IncomingRequestCfProperties>;
