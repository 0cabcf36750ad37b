import {
  EMBEDDER_LIMITS,
  EmbedderModels,
  EmbedderRerankers,
  EmbedResponse,
  RerankResponse,
} from "../../shared/contracts/embedder.ts";
import { Problem, ProblemDocument } from "../../shared/contracts/problems.ts";
import { decodeVector } from "../../shared/std/bytes.ts";
import { abortable } from "../../shared/std/abortable.ts";
import type { Clock } from "../../shared/std/clock.ts";
import type { Embedded, Embedder, EmbedInput, ModelInfo } from "../ports/embedder.ts";
import type { Reranked, Reranker } from "../ports/reranker.ts";

/** Texts of one call: small enough that a reader's query is not stuck behind a bulk write for long. */
const TEXTS_PER_CALL = 64;
const PICTURES_PER_CALL = 16;
const CHARS_PER_CALL = EMBEDDER_LIMITS.textCharsPerCallMax / 2;
const CALL_MS_MAX = 30_000;
/** How long a model's digest is believed before the service is asked again. */
const MODELS_MS = 30_000;
const MODELS_MS_MAX = 5_000;

/** The embedding service over HTTP. */
export class HttpEmbedder implements Embedder, Reranker {
  readonly #url: string;
  /** One question for all who ask meanwhile, under a time of its own: nobody's short deadline ends it for the others. */
  readonly #models: () => Promise<EmbedderModels>;
  readonly #rerankers: () => Promise<EmbedderRerankers>;

  constructor(url: string, clock: Clock) {
    this.#url = url;
    const ask = async (path: string) => this.#call(path, null, AbortSignal.timeout(MODELS_MS_MAX));
    this.#models = believedFor(MODELS_MS, clock, async () =>
      EmbedderModels.parse(await ask("/models")),
    );
    this.#rerankers = believedFor(MODELS_MS, clock, async () =>
      EmbedderRerankers.parse(await ask("/rerankers")),
    );
  }

  async embed(
    model: "text" | "image",
    inputs: readonly EmbedInput[],
    options: { thumbnails: boolean },
    signal: AbortSignal,
  ): Promise<Embedded> {
    const parts: { offset: number; embedded: Embedded }[] = [];
    let offset = 0;
    for (const batch of batches(inputs)) {
      parts.push({
        offset,
        embedded: await this.#embedBatch(model, batch, options.thumbnails, signal),
      });
      offset += batch.length;
    }
    const digests = new Set(parts.map(({ embedded }) => embedded.digest));
    const [digest] = digests;
    if (digest === undefined || digests.size > 1)
      throw new Problem("embedder-unavailable", "The embedder changed its model within a request.");
    return {
      digest,
      vectors: parts.flatMap(({ embedded }) => embedded.vectors),
      refused: parts.flatMap(({ embedded, offset: from }) =>
        embedded.refused.map((one) => ({ ...one, index: one.index + from })),
      ),
      pictures: parts.flatMap(({ embedded }) => embedded.pictures),
    };
  }

  async model(model: "text" | "image", signal: AbortSignal): Promise<ModelInfo> {
    const found = (await abortable(this.#models(), signal)).find(({ modalities }) =>
      modalities.includes(model),
    );
    if (found === undefined)
      throw new Problem("embedder-unavailable", `The embedder has no model for ${model}.`);
    const { digest, dimension, textTower } = found;
    return { digest, dimension, textTower: textTower?.digest ?? null };
  }

  async rerank(
    model: string | null,
    query: string,
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<Reranked> {
    const named = model === null ? {} : { model };
    const reply = await this.#call("/rerank", { query, texts, ...named }, signal);
    const body = RerankResponse.parse(reply);
    return { model: `${body.model}@${body.digest}`, scores: body.scores };
  }

  async identify(model: string | null, signal: AbortSignal): Promise<string | null> {
    const rerankers = await abortable(this.#rerankers(), signal);
    const found = model === null ? rerankers[0] : rerankers.find(({ id }) => id === model);
    return found === undefined ? null : `${found.id}@${found.digest}`;
  }

  async #embedBatch(
    model: string,
    inputs: readonly EmbedInput[],
    thumbnails: boolean,
    signal: AbortSignal,
  ): Promise<Embedded> {
    const body = EmbedResponse.parse(
      await this.#call("/embed", { model, inputs, thumbnails }, signal),
    );
    return {
      digest: body.digest,
      vectors: body.vectors.map((text) => (text === null ? null : decodeVector(text))),
      refused: body.errors,
      pictures: (body.pictures ?? inputs.map(() => null)).map((seen) =>
        seen === null ? null : { ...seen, thumbnail: seen.thumbnail ?? "" },
      ),
    };
  }

  async #call(path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(`${this.#url}${path}`, {
        method: body === null ? "GET" : "POST",
        headers: { "content-type": "application/json" },
        ...(body === null ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_MS_MAX)]),
      });
    } catch (cause) {
      signal.throwIfAborted(); // The caller's time is up: that says nothing of the embedder.
      throw new Problem("embedder-unavailable", "This region's embedder can't be reached.", {
        cause,
      });
    }
    const reply: unknown = await response.json().catch(() => null);
    if (response.ok) return reply;
    const refusal = ProblemDocument.safeParse(reply);
    const code = refusal.success ? refusal.data.code : "embedder-unavailable";
    // What the embedder says of a picture is for the caller; anything else is between region and embedder.
    const passedOn = [
      "media-rejected",
      "unsupported-media-type",
      "limit-exceeded",
      "overloaded",
    ].find((known) => known === code);
    throw new Problem(
      passedOn === undefined || !refusal.success ? "embedder-unavailable" : refusal.data.code,
      refusal.success ? refusal.data.hint : `It answered ${response.status}.`,
    );
  }
}

/** What `ask` answered, believed for some time. A failure is told to all who wait for it, and then asked anew. */
function believedFor<T>(forMs: number, clock: Clock, ask: () => Promise<T>): () => Promise<T> {
  let held: { readonly untilMs: number; readonly answer: Promise<T> } | null = null;
  return () => {
    const nowMs = clock.monotonicMs();
    if (held !== null && held.untilMs >= nowMs) return held.answer;
    const asked = { untilMs: nowMs + forMs, answer: ask() };
    held = asked;
    asked.answer.catch(() => {
      if (held === asked) held = null;
    });
    return asked.answer;
  };
}

function* batches(inputs: readonly EmbedInput[]): Generator<EmbedInput[]> {
  let batch: EmbedInput[] = [];
  let chars = 0;
  for (const input of inputs) {
    const most = "text" in input ? TEXTS_PER_CALL : PICTURES_PER_CALL;
    const size = "text" in input ? input.text.length : 0;
    if (batch.length > 0 && (batch.length >= most || chars + size > CHARS_PER_CALL)) {
      yield batch;
      batch = [];
      chars = 0;
    }
    batch.push(input);
    chars += size;
  }
  if (batch.length > 0) yield batch;
}
