import { z } from "zod";

/** Limits of one call to the embedder; its queues and decoders have their own in gpu-embedder/limits.ts. */
export const EMBEDDER_LIMITS = {
  inputsPerCallMax: 256,
  /** Each costs a run of the model. */
  textsPerRerankMax: 100,
  /** Of one text. Only the model's first `maxTokens` tokens count, but all of it is tokenised. */
  textCharsMax: 40_000,
  /** Of all texts of a call together, since tokenising holds up everyone else. */
  textCharsPerCallMax: 1_000_000,
  pictureBytesMax: 20 * 1024 * 1024,
  picturePixelsMax: 50_000_000,
  pictureFramesMax: 64,
  /** Two pictures of the largest size as base64, and some room. */
  bodyBytesMax: 64 * 1024 * 1024,
  thumbnailSideMax: 320,
  /** Also what a call without the deadline header gets. */
  deadlineMsMax: 30_000,
} as const;

/** Milliseconds left to the caller; what is still waiting by then is never run. */
export const DEADLINE_HEADER = "nearfield-deadline-ms";
/** The caller's name for the request, for logs and problems. */
export const REQUEST_ID_HEADER = "nearfield-request-id";

export const Modality = z.enum(["text", "image"]);
export type Modality = z.output<typeof Modality>;

/** `sha256:` and the first 16 hex digits of a digest: names the exact weights and settings behind a vector. */
export const ModelDigest = z.string().regex(/^sha256:[0-9a-f]{16}$/);
export type ModelDigest = z.output<typeof ModelDigest>;

const EmbedText = z.strictObject({ text: z.string().max(EMBEDDER_LIMITS.textCharsMax) });
/** Base64 of the file. One that is too large fails alone, as `limit-exceeded` in `errors`. */
const EmbedImage = z.strictObject({ image: z.string().min(1) });

/** Body of `POST /embed`. All inputs of a call are of the model's modality. */
export const EmbedRequest = z.strictObject({
  /** A role, `text` or `image`, or a model's id. */
  model: z.string().min(1).max(200),
  inputs: z
    .array(z.union([EmbedText, EmbedImage]))
    .min(1)
    .max(EMBEDDER_LIMITS.inputsPerCallMax),
  /** Also return a small WebP of each picture. */
  thumbnails: z.boolean().default(false),
});
export type EmbedRequest = z.output<typeof EmbedRequest>;

/** Why one input has no vector. */
export const EmbedError = z.strictObject({
  index: z.int().min(0),
  code: z.enum(["media-rejected", "unsupported-media-type", "limit-exceeded"]),
  message: z.string(),
});
export type EmbedError = z.output<typeof EmbedError>;

/** What was learned of a picture: its type from its content, its size as it is seen (orientation applied). */
export const EmbeddedPicture = z.strictObject({
  type: z.enum(["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"]),
  width: z.int().min(1),
  height: z.int().min(1),
  /** Base64 of a WebP, at most 320 pixels a side; only if asked for. */
  thumbnail: z.string().optional(),
});
export type EmbeddedPicture = z.output<typeof EmbeddedPicture>;

/** Answer of `POST /embed`. Lists are in the order of the inputs. If no input could be embedded it is a problem instead. */
export const EmbedResponse = z.strictObject({
  model: z.string(),
  digest: ModelDigest,
  dimension: z.int().min(1),
  /** Unit vectors as base64 of little-endian float32, null where `errors` says why. */
  vectors: z.array(z.string().nullable()),
  errors: z.array(EmbedError),
  /** Only from a picture model. */
  pictures: z.array(EmbeddedPicture.nullable()).optional(),
  /** Tokens that were embedded, 0 for pictures. */
  tokens: z.int().min(0),
});
export type EmbedResponse = z.output<typeof EmbedResponse>;

/** Body of `POST /rerank`. */
export const RerankRequest = z.strictObject({
  query: z.string().min(1).max(EMBEDDER_LIMITS.textCharsMax),
  texts: z
    .array(z.string().max(EMBEDDER_LIMITS.textCharsMax))
    .min(1)
    .max(EMBEDDER_LIMITS.textsPerRerankMax),
  /** Id of a reranker; left out: the text model's late interaction. */
  model: z.string().min(1).max(200).optional(),
});
export type RerankRequest = z.output<typeof RerankRequest>;

/** Answer of `POST /rerank`: how well each text answers the query, higher is better; in the order of the texts. */
export const RerankResponse = z.strictObject({
  model: z.string(),
  digest: ModelDigest,
  scores: z.array(z.number()),
  tokens: z.int().min(0),
});
export type RerankResponse = z.output<typeof RerankResponse>;

/** Answer of `GET /rerankers`, the one that is used where none is named first. `GET /healthz` lists them too. */
export const EmbedderRerankers = z
  .array(z.strictObject({ id: z.string(), digest: ModelDigest, maxTokens: z.int().min(2) }))
  .min(1);
export type EmbedderRerankers = z.output<typeof EmbedderRerankers>;

/** Answer of `GET /models`. */
export const EmbedderModels = z.array(
  z.strictObject({
    id: z.string(),
    digest: ModelDigest,
    dimension: z.int().min(1),
    modalities: z.array(Modality),
    maxTokens: z.int().optional(),
    /** Of a picture model: the text model whose vectors meet its own in one space. */
    textTower: z.strictObject({ id: z.string(), digest: ModelDigest }).optional(),
  }),
);
export type EmbedderModels = z.output<typeof EmbedderModels>;

/** Body of `POST /v1/embeddings`. @see https://platform.openai.com/docs/api-reference/embeddings */
export const EmbeddingsRequest = z.strictObject({
  model: z.string().min(1).max(200),
  input: z.union([
    z.string().max(EMBEDDER_LIMITS.textCharsMax),
    z
      .array(z.string().max(EMBEDDER_LIMITS.textCharsMax))
      .min(1)
      .max(EMBEDDER_LIMITS.inputsPerCallMax),
  ]),
  encoding_format: z.enum(["float", "base64"]).default("float"),
  dimensions: z.int().min(1).optional(),
  /** Accepted because OpenAI's clients may send it; not used. */
  user: z.string().max(200).optional(),
});
export type EmbeddingsRequest = z.output<typeof EmbeddingsRequest>;

/** weights/manifest.json: what each model is and the digest of each of its files. */
export const WeightsManifest = z.strictObject({
  models: z
    .array(
      z.strictObject({
        /** Also the folder's name. */
        id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
        modality: Modality,
        dimension: z.int().min(1),
        /** Longer texts are cut; only for text. */
        maxTokens: z.int().min(2).optional(),
        /** Of a picture model: id of the text model whose vectors meet its own in one space; left out where there is none. */
        textTower: z.string().optional(),
        /** Path of the ONNX file in the folder. */
        graph: z.string(),
        files: z.record(
          z.string().regex(/^(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9._/-]*$/),
          z.string().regex(/^[0-9a-f]{64}$/),
        ),
      }),
    )
    .min(1),
});
export type WeightsManifest = z.output<typeof WeightsManifest>;

/** What is read of a cross-encoder's `config.json`, as the hub has it; the rest is left alone. */
export const CrossEncoderConfig = z.object({
  model_type: z.string(),
  /** Longest input, in tokens. */
  max_position_embeddings: z.int().min(16).max(32_768),
  pad_token_id: z.int().min(0).default(0),
});
export type CrossEncoderConfig = z.output<typeof CrossEncoderConfig>;
