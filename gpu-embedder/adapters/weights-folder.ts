import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ModelDigest, WeightsManifest } from "../../shared/contracts/embedder.ts";
import { parse } from "../../shared/contracts/parse.ts";
import { required } from "../../shared/std/assert.ts";
import { canonicalJson } from "../../shared/std/canonical-json.ts";

type ManifestModel = WeightsManifest["models"][number];

export interface ModelFolder {
  readonly model: ManifestModel;
  readonly digest: ModelDigest;
  /** The checked bytes of one of its files; what was hashed is what is loaded. */
  file(path: string): Uint8Array;
}

/** Reads every file that the manifest names. Throws, naming the file, if one is missing or is not the one that was released. */
export async function readWeights(folder: string): Promise<ModelFolder[]> {
  const manifest = parse(
    WeightsManifest,
    JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")),
    "manifest.json",
  );
  return Promise.all(manifest.models.map((model) => readModel(folder, model)));
}

async function readModel(folder: string, model: ManifestModel): Promise<ModelFolder> {
  const files = new Map<string, Uint8Array>();
  for (const [path, digest] of Object.entries(model.files)) {
    const bytes = await readFile(join(folder, model.id, path));
    const found = createHash("sha256").update(bytes).digest("hex");
    if (found !== digest)
      throw new Error(
        `weights: ${model.id}/${path} has sha256 ${found}, the manifest says ${digest}`,
      );
    files.set(path, bytes);
  }
  return {
    model,
    digest: modelDigest(model),
    file: (path) => required(files.get(path), `${model.id}: the manifest names ${path}`),
  };
}

/** Of the manifest entry: other files or other settings make other vectors. Whom a picture model meets makes none. */
function modelDigest({ textTower: _, ...model }: ManifestModel): ModelDigest {
  const json = canonicalJson({ ...model, maxTokens: model.maxTokens });
  return `sha256:${createHash("sha256").update(json).digest("hex").slice(0, 16)}`;
}
