import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { CrossEncoderConfig, ModelDigest } from "../../shared/contracts/embedder.ts";
import { parse } from "../../shared/contracts/parse.ts";

/** Where a graph may lie in a folder as the hub has it; the first that is there is taken. */
const GRAPHS = ["onnx/model.onnx", "onnx/model_quantized.onnx", "model.onnx"];
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** The files of a cross-encoder. */
export interface RerankerFolder {
  /** The folder's name. */
  readonly id: string;
  /** Of all files that are read. */
  readonly digest: ModelDigest;
  readonly maxTokens: number;
  readonly padId: number;
  readonly graph: Uint8Array;
  readonly tokenizer: string;
  readonly tokenizerConfig: string;
}

/**
 * Reads a folder with `config.json`, `tokenizer.json`, `tokenizer_config.json` and an ONNX graph.
 *
 * @param where the folder; with `@sha256:` and 16 hex digits behind it, its digest must be that one
 * @throws with what is missing, or is not as it should be
 */
export async function readReranker(where: string): Promise<RerankerFolder> {
  const [folder = "", pinned] = where.split(/@(?=sha256:)/);
  const id = path.basename(path.resolve(folder));
  if (!NAME.test(id)) throw new Error(`reranker ${folder}: a folder's name is ${NAME.source}`);
  const hash = createHash("sha256");
  const read = async (file: string): Promise<Uint8Array> => {
    const bytes = await readFile(path.join(folder, file));
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
    return bytes;
  };
  const text = async (file: string) => new TextDecoder().decode(await read(file));
  // One after the other, as the digest depends on their order.
  const config = parse(CrossEncoderConfig, JSON.parse(await text("config.json")), "config.json");
  const tokenizer = await text("tokenizer.json");
  const tokenizerConfig = await text("tokenizer_config.json");
  const graph = await firstOf(read, id);
  const digest = ModelDigest.parse(`sha256:${hash.digest("hex").slice(0, 16)}`);
  if (pinned !== undefined && pinned !== digest)
    throw new Error(`reranker ${id} has the digest ${digest}, not ${pinned}`);
  // RoBERTa counts positions from behind its padding token.
  const offset = config.model_type.includes("roberta") ? config.pad_token_id + 1 : 0;
  const maxTokens = config.max_position_embeddings - offset;
  return { id, digest, maxTokens, padId: config.pad_token_id, graph, tokenizer, tokenizerConfig };
}

async function firstOf(
  read: (file: string) => Promise<Uint8Array>,
  id: string,
): Promise<Uint8Array> {
  for (const file of GRAPHS) {
    try {
      return await read(file);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
  throw new Error(`reranker ${id}: there is none of ${GRAPHS.join(", ")}`);
}
