import type { HonoRequest } from "hono";
import { RerankRequest, type RerankResponse } from "../../shared/contracts/embedder.ts";
import { rerankTexts } from "../queue/rerank-lane.ts";
import type { EmbedderDeps } from "./deps.ts";
import { readBody, requestDeadline } from "./request-input.ts";

/** `POST /rerank`: how well each text answers the query. */
export async function rerank(deps: EmbedderDeps, request: HonoRequest): Promise<RerankResponse> {
  const deadline = requestDeadline(deps, request);
  const { query, texts } = await readBody(RerankRequest, request);
  const { id, digest } = deps.rerank.text.info;
  const { scores, tokens } = await rerankTexts(deps.rerank, query, texts, deadline);
  return { model: `${id}/maxsim`, digest, scores: [...scores], tokens };
}
