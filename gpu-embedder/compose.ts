import { fileURLToPath } from "node:url";
import { randomUUID } from "node:crypto";
import pLimit from "p-limit";
import { required } from "../shared/std/assert.ts";
import type { Clock } from "../shared/std/clock.ts";
import { bertTokenizer } from "./adapters/bert-tokenizer.ts";
import { DecoderPool } from "./adapters/decoder-pool.ts";
import { type ExecutionProvider, openOnnxSession } from "./adapters/onnx-session.ts";
import { promMetrics } from "./adapters/prom-metrics.ts";
import { pairTokenizer } from "./adapters/pair-tokenizer.ts";
import { readReranker } from "./adapters/reranker-folder.ts";
import { type ModelFolder, readWeights } from "./adapters/weights-folder.ts";
import { embedderApp } from "./http/app.ts";
import type { FetchHandler } from "./http/node-listener.ts";
import { PICTURE_BATCH, QUEUE_LIMITS, RERANK_TOKENS_MAX, TEXT_BATCH } from "./limits.ts";
import { scorePairs } from "./models/cross-encoder.ts";
import type { ModelInfo } from "./models/model-info.ts";
import { encodePictures, PICTURE_SIDE } from "./models/picture-encoder.ts";
import { encodeTexts, encodeTokens } from "./models/text-encoder.ts";
import type { Log } from "./ports/log.ts";
import type { Session } from "./ports/session.ts";
import type { EmbedderMetrics } from "./ports/metrics.ts";
import type { TokenPair } from "./ports/tokenizer.ts";
import { BatchQueue } from "./queue/batch-queue.ts";
import type { PairLane } from "./queue/pair-lane.ts";
import { PictureLane } from "./queue/picture-lane.ts";
import type { RerankLane } from "./queue/rerank-lane.ts";
import type { TextLane } from "./queue/text-lane.ts";

export interface EmbedderOptions {
  /** Folder with manifest.json and the models. */
  readonly weights: string;
  readonly provider: ExecutionProvider;
  /** Threads of one run; 0 for all cores. */
  readonly threads: number;
  /** Decoder processes at most, >= 1; they start when first needed. */
  readonly decoders: number;
  /** Folders of cross-encoders, each with its digest behind an @ where it must be that one. */
  readonly rerankers: readonly string[];
}

export interface Embedder {
  readonly fetch: FetchHandler;
  /** Ends the decoders and frees the weights. No request may follow. */
  close(): Promise<void>;
}

type Env = Readonly<Record<string, string | undefined>>;

/** The settings from the environment. Throws, naming the variable, if one can't be used. */
export function readOptions(env: Env): EmbedderOptions {
  const provider = env["NEARFIELD_EXECUTION_PROVIDER"] ?? "cpu";
  if (provider !== "cpu" && provider !== "cuda")
    throw new Error("NEARFIELD_EXECUTION_PROVIDER is cpu or cuda");
  return {
    weights:
      env["NEARFIELD_EMBEDDER_WEIGHTS"] ?? fileURLToPath(new URL("./weights", import.meta.url)),
    provider,
    threads: integer(env, "NEARFIELD_EMBEDDER_THREADS", { or: 0, min: 0, max: 256 }),
    decoders: integer(env, "NEARFIELD_EMBEDDER_DECODERS", {
      or: 2,
      min: 1,
      max: QUEUE_LIMITS.decodersMax,
    }),
    rerankers: (env["NEARFIELD_EMBEDDER_RERANKERS"] ?? "")
      .split(",")
      .map((where) => where.trim())
      .filter((where) => where !== ""),
  };
}

/** A whole number from the environment. */
export function integer(
  env: Env,
  name: string,
  range: { or: number; min: number; max: number },
): number {
  const text = env[name];
  const value = text === undefined || text === "" ? range.or : Number(text);
  if (!Number.isInteger(value) || value < range.min || value > range.max) {
    throw new Error(`${name} is a whole number from ${range.min} to ${range.max}`);
  }
  return value;
}

/** Loads and warms the models: what this gives is ready. Throws if a weight file is not the released one. */
export async function composeEmbedder(options: EmbedderOptions, log: Log): Promise<Embedder> {
  const clock: Clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };
  const metrics = promMetrics();
  const folders = await readWeights(options.weights);
  const text = await composeText(folderOf(folders, "text"), options, clock, metrics);
  const pictures = folderOf(folders, "image");
  const tower = towerOf(pictures, text.lane.info);
  const image = await composeImage(pictures, tower, options, clock, metrics);
  const encoders = await Promise.all(
    options.rerankers.map((where) => composeReranker(where, options, clock, metrics)),
  );
  const names = new Set(encoders.map(({ lane }) => lane.info.id));
  if (names.size < encoders.length) throw new Error("two folders of rerankers have one name");
  const app = embedderApp({
    text: text.lane,
    image: image.lane,
    rerank: text.rerank,
    crossEncoders: encoders.map(({ lane }) => lane),
    clock,
    abortAfter: (delayMs) => AbortSignal.timeout(delayMs),
    newRequestId: () => randomUUID(),
    metrics,
    log,
  });
  return {
    fetch: (request) => app.fetch(request),
    async close() {
      await text.close();
      await image.close();
      for (const { close } of encoders) await close();
    },
  };
}

async function composeText(
  folder: ModelFolder,
  options: EmbedderOptions,
  clock: Clock,
  metrics: EmbedderMetrics,
) {
  const info = infoOf(folder);
  const tokenizer = bertTokenizer(
    textFile(folder, "tokenizer.json"),
    textFile(folder, "tokenizer_config.json"),
  );
  const maxTokens = required(info.maxTokens, "the manifest says maxTokens of a text model");
  const session = oneRunAtATime(await openOnnxSession(folder.file(folder.model.graph), options));
  await encodeTexts(session, [tokenizer.encode("ready", maxTokens)], info.dimension);
  const queue = new BatchQueue<readonly number[], Float32Array>({
    model: info.id,
    run: (batch) => encodeTexts(session, batch, info.dimension),
    limits: TEXT_BATCH[options.provider],
    waitingMax: QUEUE_LIMITS.textsWaitingMax,
    clock,
    metrics,
  });
  const lane: TextLane = { info, maxTokens, tokenizer, queue };
  const byToken = new BatchQueue<readonly number[], Float32Array>({
    model: `${info.id}/maxsim`,
    run: (batch) => encodeTokens(session, batch, info.dimension),
    limits: TEXT_BATCH[options.provider],
    waitingMax: QUEUE_LIMITS.textsWaitingMax,
    clock,
    metrics,
  });
  const breathe = () => new Promise<void>((resolve) => setImmediate(resolve));
  const rerank: RerankLane = { text: lane, queue: byToken, breathe };
  return { lane, rerank, close: () => session.close() };
}

/** A cross-encoder, which has run: so its graph and its tokenizer fit each other, and it gives one number a pair. */
async function composeReranker(
  where: string,
  options: EmbedderOptions,
  clock: Clock,
  metrics: EmbedderMetrics,
) {
  const folder = await readReranker(where);
  const { id, digest, padId } = folder;
  // More than a passage and a question have would only cost time.
  const maxTokens = Math.min(folder.maxTokens, RERANK_TOKENS_MAX);
  const tokenizer = pairTokenizer(folder.tokenizer, folder.tokenizerConfig);
  const session = await openOnnxSession(folder.graph, options);
  const limits = { maxTokens, questionTokensMax: Math.floor(maxTokens / 2) };
  const ready = ["ready", "ready or not"].map((text) => tokenizer.encodePair("a", text, limits));
  await scorePairs(session, ready, padId).catch((cause: unknown) => {
    throw new Error(`reranker ${id} does not run as a cross-encoder`, { cause });
  });
  const queue = new BatchQueue<TokenPair, number>({
    model: id,
    run: (batch) => scorePairs(session, batch, padId),
    limits: TEXT_BATCH[options.provider],
    waitingMax: QUEUE_LIMITS.textsWaitingMax,
    clock,
    metrics,
  });
  const lane: PairLane = { info: { id, digest, maxTokens }, tokenizer, queue };
  return { lane, close: () => session.close() };
}

/** Two queues feed the text model, and a run takes all of its threads: one waits for the other. */
function oneRunAtATime(session: Session): Session {
  const limit = pLimit(1);
  return {
    ...session,
    run: (inputs, output) => limit(() => session.run(inputs, output)),
    close: () => session.close(),
  };
}

async function composeImage(
  folder: ModelFolder,
  textTower: ModelInfo["textTower"],
  options: EmbedderOptions,
  clock: Clock,
  metrics: EmbedderMetrics,
) {
  const info = { ...infoOf(folder), ...(textTower === undefined ? {} : { textTower }) };
  const session = await openOnnxSession(folder.file(folder.model.graph), options);
  await encodePictures(session, [new Uint8Array(PICTURE_SIDE * PICTURE_SIDE * 3)], info.dimension);
  const queue = new BatchQueue<Uint8Array, Float32Array>({
    model: info.id,
    run: (batch) => encodePictures(session, batch, info.dimension),
    limits: PICTURE_BATCH[options.provider],
    waitingMax: QUEUE_LIMITS.picturesWaitingMax,
    clock,
    metrics,
  });
  const decoder = new DecoderPool({ size: options.decoders });
  const lane = new PictureLane({ info, decoder, queue });
  return {
    lane,
    async close() {
      decoder.close();
      await session.close();
    },
  };
}

/** @throws if the manifest names a text tower that is not the text model, or of other dimensions */
function towerOf({ model }: ModelFolder, text: ModelInfo): ModelInfo["textTower"] {
  if (model.textTower === undefined) return undefined;
  if (model.textTower !== text.id || model.dimension !== text.dimension)
    throw new Error(`${model.id}: the text tower is ${text.id}, of ${text.dimension} dimensions`);
  return { id: text.id, digest: text.digest };
}

function folderOf(folders: readonly ModelFolder[], modality: ModelInfo["modality"]): ModelFolder {
  return required(
    folders.find((folder) => folder.model.modality === modality),
    `the manifest names a model for ${modality}`,
  );
}

function infoOf({ model, digest }: ModelFolder): ModelInfo {
  const { id, modality, dimension, maxTokens } = model;
  return { id, digest, modality, dimension, ...(maxTokens === undefined ? {} : { maxTokens }) };
}

function textFile(folder: ModelFolder, path: string): string {
  return new TextDecoder().decode(folder.file(path));
}
