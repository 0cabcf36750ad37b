import { fileURLToPath } from "node:url";
import { composeEmbedder, readOptions } from "../../gpu-embedder/compose.ts";
import { EmbedResponse, EMBEDDER_LIMITS } from "../../shared/contracts/embedder.ts";
import { required } from "../../shared/std/assert.ts";
import { decodeVector } from "../../shared/std/bytes.ts";

const BATCH = 64;
const WEIGHTS = fileURLToPath(new URL("../../gpu-embedder/weights", import.meta.url));

export interface InProcessEmbedder {
  texts(texts: readonly string[]): Promise<Float32Array[]>;
  /** Of pictures' bytes. */
  pictures(pictures: readonly Uint8Array[]): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** The embedder as it is served, without the socket. */
export async function embedInProcess(): Promise<InProcessEmbedder> {
  const options = { ...readOptions({}), weights: WEIGHTS };
  const embedder = await composeEmbedder(options, (event, details) =>
    process.stderr.write(`${JSON.stringify({ event, ...details })}\n`),
  );
  const embed = async (model: "text" | "image", inputs: readonly object[]) => {
    const vectors: Float32Array[] = [];
    const batch = Math.min(BATCH, EMBEDDER_LIMITS.inputsPerCallMax);
    for (let start = 0; start < inputs.length; start += batch) {
      const response = await embedder.fetch(
        new Request("http://embedder/embed", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ model, inputs: inputs.slice(start, start + batch) }),
        }),
      );
      if (!response.ok) throw new Error(`the embedder said ${await response.text()}`);
      const { vectors: encoded, errors } = EmbedResponse.parse(await response.json());
      if (errors.length > 0) throw new Error(`the embedder refused ${JSON.stringify(errors[0])}`);
      for (const text of encoded)
        vectors.push(required(decodeVector(required(text, "a vector")), "a whole vector"));
    }
    return vectors;
  };
  return {
    texts: (texts) =>
      embed(
        "text",
        texts.map((text) => ({ text })),
      ),
    pictures: (pictures) =>
      embed(
        "image",
        pictures.map((bytes) => ({ image: Buffer.from(bytes).toString("base64") })),
      ),
    close: () => embedder.close(),
  };
}
