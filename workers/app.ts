import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { openApiDocument } from "../shared/contracts/openapi.ts";
import { Problem } from "../shared/contracts/problems.ts";
import type { Edge } from "./edge.ts";
import { collectionsRoute, createCollectionRoute } from "./http/collections.ts";
import {
  countDocumentsRoute,
  getDocumentRoute,
  getDocumentsRoute,
  listDocumentsRoute,
} from "./http/read-documents.ts";
import { contentDigestRoute } from "./http/content-digest.ts";
import { mediaRoute } from "./http/media.ts";
import { metricsRoute } from "./http/metrics.ts";
import { pageRoute } from "./http/page.ts";
import { problemResponse } from "./http/problem-response.ts";
import { ragRoute } from "./http/rag.ts";
import type { EdgeContext, Variables } from "./http/request.ts";
import { publishRegionsRoute, regionsRoute } from "./http/regions.ts";
import { promoteRoute } from "./http/promote.ts";
import { reshardRoute } from "./http/reshard.ts";
import { changeSpacesRoute } from "./http/spaces.ts";
import {
  askForSnapshotRoute,
  deleteSnapshotRoute,
  listSnapshotsRoute,
  restoreRoute,
} from "./http/snapshots.ts";
import { retrieveRoute } from "./http/retrieve.ts";
import {
  deleteDocumentRoute,
  deleteDocumentsRoute,
  patchDocumentRoute,
  putDocumentsRoute,
} from "./http/write-documents.ts";
import { jobRoute } from "./http/jobs.ts";
import { warmRoute } from "./http/warm.ts";
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

  for (const [method, path, route] of ROUTES)
    app.on(method, path, (context) => route(edge, context));
  for (const path of new Set(ROUTES.map(([, at]) => at))) {
    const allow = ROUTES.flatMap(([method, at]) => (at === path ? [method] : [])).join(", ");
    app.all(path, (context) => {
      const problem = new Problem("method-not-allowed", `Use ${allow}.`);
      return withHeaders(problemResponse(problem, context.get("requestId")), { allow });
    });
  }
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

/** More exact paths come first. */
const ROUTES: readonly (readonly ["GET" | "POST" | "PUT" | "PATCH" | "DELETE", string, Route])[] = [
  ["POST", "/v1/retrieve", retrieveRoute],
  ["POST", "/v1/rag", ragRoute],
  ["POST", "/v1/documents", putDocumentsRoute],
  ["GET", "/v1/documents", listDocumentsRoute],
  ["POST", "/v1/documents/get", getDocumentsRoute],
  ["POST", "/v1/documents/count", countDocumentsRoute],
  ["POST", "/v1/documents/delete", deleteDocumentsRoute],
  ["GET", "/v1/documents/:id{[\\s\\S]+}", getDocumentRoute],
  ["PATCH", "/v1/documents/:id{[\\s\\S]+}", patchDocumentRoute],
  ["DELETE", "/v1/documents/:id{[\\s\\S]+}", deleteDocumentRoute],
  ["POST", "/v1/collections", createCollectionRoute],
  ["GET", "/v1/collections", collectionsRoute],
  ["GET", "/v1/collections/:name", collectionsRoute],
  ["POST", "/v1/collections/:name/promote", promoteRoute],
  ["POST", "/v1/collections/:name/shards", reshardRoute],
  ["POST", "/v1/collections/:name/spaces", changeSpacesRoute],
  ["POST", "/v1/warm", warmRoute],
  ["GET", "/v1/jobs/:id", jobRoute],
  ["GET", "/v1/collections/:name/digest", contentDigestRoute],
  ["POST", "/v1/snapshots", askForSnapshotRoute],
  ["GET", "/v1/snapshots", listSnapshotsRoute],
  ["POST", "/v1/snapshots/restore", restoreRoute],
  ["DELETE", "/v1/snapshots/:id", deleteSnapshotRoute],
  ["GET", "/v1/media/:hash", mediaRoute],
  ["GET", "/v1/regions", regionsRoute],
  ["PUT", "/v1/regions", publishRegionsRoute],
  ["GET", "/v1/status", statusRoute],
  ["GET", "/metrics", metricsRoute],
];

function withHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}
