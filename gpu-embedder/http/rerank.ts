import type { HonoRequest } from "hono";
import {
  type EmbedderRerankers,
  RerankRequest,
  type RerankResponse,
} from "../../shared/contracts/embedder.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { scoreTexts } from "../queue/pair-lane.ts";
import { rerankTexts } from "../queue/rerank-lane.ts";
import type { EmbedderDeps } from "./deps.ts";
import { readBody, requestDeadline } from "./request-input.ts";

/** `POST /rerank`: how well each text answers the query, by late interaction or by the cross-encoder that is named. */
export async function rerank(deps: EmbedderDeps, request: HonoRequest): Promise<RerankResponse> {
  const deadline = requestDeadline(deps, request);
  const { query, texts, model } = await readBody(RerankRequest, request);
  const [own] = rerankers(deps);
  if (model === undefined || model === own.id) {
    const { scores, tokens } = await rerankTexts(deps.rerank, query, texts, deadline);
    return { model: own.id, digest: own.digest, scores: [...scores], tokens };
  }
  const lane = deps.crossEncoders.find(({ info }) => info.id === model);
  if (lane === undefined)
    throw new Problem("not-found", "GET /rerankers lists the rerankers that are loaded.");
  const { scores, tokens } = await scoreTexts(lane, query, texts, deadline);
  return { model: lane.info.id, digest: lane.info.digest, scores: [...scores], tokens };
}

/** `GET /rerankers`: the text model's late interaction, then the cross-encoders. */
export function rerankers({
  rerank: { text },
  crossEncoders,
}: EmbedderDeps): [EmbedderRerankers[number], ...EmbedderRerankers] {
  const { info, maxTokens } = text;
  const own = { id: `${info.id}/maxsim`, digest: info.digest, maxTokens };
  return [own, ...crossEncoders.map((lane) => lane.info)];
}
