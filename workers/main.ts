import type { Hono } from "hono";
import { createApp } from "./app.ts";
import { choosePorts, wire, type Bindings } from "./compose.ts";
import type { Variables } from "./http/request.ts";

/** One an isolate: its caches and its view of the regions live as long as it does. */
let app: Hono<{ Variables: Variables }> | null = null;

export default {
  fetch(request, bindings, context) {
    app ??= createApp(wire(choosePorts(bindings, request.cf)));
    return app.fetch(request, bindings, context);
  },
} satisfies ExportedHandler<Bindings, unknown, IncomingRequestCfProperties>;
