import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { openApiDocument } from "../shared/contracts/openapi.ts";
import { Problem } from "../shared/contracts/problems.ts";
import type { Edge } from "./edge.ts";
import { collectionsRoute, createCollectionRoute } from "./http/collections.ts";
import {
  countDocumentsRoute,
  deleteDocumentRoute,
  getDocumentRoute,
  getDocumentsRoute,
  listDocumentsRoute,
  putDocumentsRoute,
} from "./http/documents.ts";
import { mediaRoute } from "./http/media.ts";
import { pageRoute } from "./http/page.ts";
import { problemResponse } from "./http/problem-response.ts";
import { ragRoute } from "./http/rag.ts";
import { admitted, type EdgeContext, type Variables } from "./http/request.ts";
import { retrieveRoute } from "./http/retrieve.ts";
import { statusRoute } from "./http/status.ts";
import { traceparentOf } from "./http/trace.ts";

/** Everything that a location serves, in order: a table of contents. */
export function createApp(edge: Edge): Hono<{ Variables: Variables }> {
  const app = new Hono<{ Variables: Variables }>();

  app.use(async (context, next) => {
    const requestId = edge.newId();
    const timings = new Map<string, number>();
    context.set("requestId", requestId);
    context.set("startMs", edge.nowMs());
    context.set("timings", timings);
    context.set("idempotencyKey", null);
    context.set("traceparent", traceparentOf(context.req.header("traceparent"), edge.newId));
    await next();
    const tookMs = edge.nowMs() - context.get("startMs");
    edge.metrics.requested(context.req.routePath, context.res.status, tookMs / 1_000);
    const headers = context.res.headers;
    headers.set("nearfield-request-id", requestId);
    headers.set("nearfield-location", edge.here.name);
    const idempotencyKey = context.get("idempotencyKey");
    if (idempotencyKey !== null) headers.set("idempotency-key", idempotencyKey);
    const stages = [...timings, ["total", tookMs] as const];
    headers.set(
      "server-timing",
      stages.map(([stage, ms]) => `${stage};dur=${ms.toFixed(1)}`).join(", "),
    );
  });

  const post = (path: string, route: Route) => app.post(path, (context) => route(edge, context));
  const get = (path: string, route: Route) => app.get(path, (context) => route(edge, context));

  post("/v1/retrieve", retrieveRoute);
  post("/v1/rag", ragRoute);
  post("/v1/documents", putDocumentsRoute);
  get("/v1/documents", listDocumentsRoute);
  post("/v1/documents/get", getDocumentsRoute);
  post("/v1/documents/count", countDocumentsRoute);
  get("/v1/documents/:id{.+}", getDocumentRoute);
  app.delete("/v1/documents/:id{.+}", (context) => deleteDocumentRoute(edge, context));
  post("/v1/collections", createCollectionRoute);
  get("/v1/collections", collectionsRoute);
  get("/v1/collections/:name", collectionsRoute);
  get("/v1/media/:hash", mediaRoute);
  get("/v1/status", statusRoute);
  get("/metrics", metricsRoute);
  app.get("/openapi.json", (context) => context.json(openApiDocument()));
  app.get("*", (context) => pageRoute(edge, context));

  app.notFound((context) =>
    problemResponse(
      new Problem("not-found", "See /docs for what there is."),
      context.get("requestId"),
    ),
  );
  app.onError((error, context) => {
    const problem =
      error instanceof HTTPException
        ? new Problem("invalid-request", error.message, { cause: error })
        : error;
    if (!(problem instanceof Problem))
      console.error(
        JSON.stringify({
          event: "bug",
          requestId: context.get("requestId"),
          error: String(error).slice(0, 500),
        }),
      );
    return problemResponse(problem, context.get("requestId"));
  });
  return app;
}

type Route = (edge: Edge, context: EdgeContext) => Promise<Response>;

async function metricsRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  await admitted(edge, context, "admin");
  const { body, type } = await edge.metrics.text();
  return new Response(body, { headers: { "content-type": type } });
}
