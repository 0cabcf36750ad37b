import type { HonoRequest } from "hono";
import { EmbeddingsRequest } from "../../shared/contracts/embedder.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { encodeVector } from "../../shared/std/bytes.ts";
import { embedTexts } from "../queue/text-lane.ts";
import type { EmbedderDeps } from "./deps.ts";
import { chooseModel } from "./embed.ts";
import { readBody, requestDeadline } from "./request-input.ts";

/** @see https://platform.openai.com/docs/api-reference/embeddings/object */
interface EmbeddingsResponse {
  readonly object: "list";
  readonly data: readonly {
    readonly object: "embedding";
    readonly index: number;
    readonly embedding: string | readonly number[];
  }[];
  readonly model: string;
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number };
}

/** `POST /v1/embeddings`: OpenAI's form, for texts. */
export async function openaiEmbeddings(
  deps: EmbedderDeps,
  request: HonoRequest,
): Promise<EmbeddingsResponse> {
  const deadline = requestDeadline(deps, request);
  const body = await readBody(EmbeddingsRequest, request);
  const { id, dimension } = chooseModel([deps.text.info], body.model);
  if (body.dimensions !== undefined && body.dimensions !== dimension) {
    throw new Problem("invalid-request", `Model ${id} has ${dimension} dimensions, no others.`, {
      errors: [{ pointer: "/dimensions", message: `Must be ${dimension}` }],
    });
  }
  const texts = typeof body.input === "string" ? [body.input] : body.input;
  const { vectors, tokens } = await embedTexts(deps.text, texts, deadline);
  return {
    object: "list",
    data: vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: body.encoding_format === "base64" ? encodeVector(vector) : [...vector],
    })),
    model: id,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}
