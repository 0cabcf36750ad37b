import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import {
  EMBEDDER_LIMITS,
  type EmbedderModels,
  type EmbedderRerankers,
  REQUEST_ID_HEADER,
} from "../../shared/contracts/embedder.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { ModelInfo } from "../models/model-info.ts";
import { BodyBudget } from "./body-budget.ts";
import type { EmbedderDeps } from "./deps.ts";
import { embed } from "./embed.ts";
import { openaiEmbeddings } from "./openai-embeddings.ts";
import { problemResponse } from "./problem-response.ts";
import { rerank, rerankers } from "./rerank.ts";

interface Env {
  Variables: { requestId: string };
}

const REQUEST_ID = /^[\w-]{1,64}$/;

/** The service: routes in order. It exists only once its models are loaded and have run. */
export function embedderApp(deps: EmbedderDeps): Hono<Env> {
  const app = new Hono<Env>();
  const budget = new BodyBudget();

  app.use(async (c, next) => {
    const given = c.req.header(REQUEST_ID_HEADER) ?? "";
    c.set("requestId", REQUEST_ID.test(given) ? given : deps.newRequestId());
    await next();
    c.header(REQUEST_ID_HEADER, c.get("requestId"));
    deps.metrics.requestDone(ROUTES.has(c.req.path) ? c.req.path : "other", c.res.status);
  });

  app.get("/healthz", (c) => c.json({ status: "ok", rerankers: rerankers(deps) }));
  app.get("/metrics", async (c) => c.text(await deps.metrics.expose()));
  app.get("/models", (c) =>
    c.json([deps.text.info, deps.image.info].map(describe) satisfies EmbedderModels),
  );
  app.get("/rerankers", (c) => c.json(rerankers(deps) satisfies EmbedderRerankers));

  app.use(async (c, next) => budget.hold(c.req.header("content-length"), next));
  app.use(bodyLimit({ maxSize: EMBEDDER_LIMITS.bodyBytesMax, onError: refuseBody }));
  app.post("/embed", async (c) => c.json(await embed(deps, c.req)));
  app.post("/v1/embeddings", async (c) => c.json(await openaiEmbeddings(deps, c.req)));

  app.post("/rerank", async (c) => c.json(await rerank(deps, c.req)));

  app.all("*", (c) => {
    const code = ROUTES.has(c.req.path) ? "method-not-allowed" : "not-found";
    throw new Problem(
      code,
      "The embedder has POST /embed, POST /v1/embeddings, POST /rerank, GET /models, /rerankers, /healthz and /metrics.",
    );
  });
  app.onError((error, c) => problemResponse(deps, error, c.get("requestId"), c.req.raw.signal));
  return app;
}

const ROUTES: ReadonlySet<string> = new Set([
  "/healthz",
  "/metrics",
  "/models",
  "/rerankers",
  "/embed",
  "/v1/embeddings",
  "/rerank",
]);

function describe(info: ModelInfo): EmbedderModels[number] {
  const { modality, ...model } = info;
  return { ...model, modalities: [modality] };
}

function refuseBody(): never {
  throw new Problem(
    "body-too-large",
    `Send at most ${EMBEDDER_LIMITS.bodyBytesMax} bytes, in several calls if need be.`,
  );
}
