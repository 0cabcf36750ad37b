import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { readWeights } from "./weights-folder.ts";

const WEIGHTS = fileURLToPath(new URL("../weights", import.meta.url));
const folders: string[] = [];

afterEach(() => Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true }))));

async function copyOfWeights(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nearfield-weights-"));
  folders.push(folder);
  await cp(WEIGHTS, folder, { recursive: true });
  return folder;
}

test("the bundled weights are the released ones, each with its licence", async () => {
  const models = await readWeights(WEIGHTS);
  expect(models.map(({ model }) => model.id)).toEqual([
    "all-MiniLM-L6-v2",
    "efficientnet-lite0-text",
  ]);
  for (const { model, digest } of models) {
    expect(Object.keys(model.files)).toContain("LICENSE");
    expect(digest).toMatch(/^sha256:[0-9a-f]{16}$/);
  }
});

test("one changed byte is refused with one line that names the file", async () => {
  const folder = await copyOfWeights();
  const path = join(folder, "all-MiniLM-L6-v2/onnx/model_quantized.onnx");
  const bytes = await readFile(path);
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
  await writeFile(path, bytes);
  await expect(readWeights(folder)).rejects.toThrow(
    /^weights: all-MiniLM-L6-v2\/onnx\/model_quantized\.onnx has sha256 \w{64}, the manifest says \w{64}$/,
  );
});

test("a missing file is refused", async () => {
  const folder = await copyOfWeights();
  await rm(join(folder, "efficientnet-lite0-text/config.json"));
  await expect(readWeights(folder)).rejects.toThrow("efficientnet-lite0-text/config.json");
});

test("another setting makes another model digest", async () => {
  const folder = await copyOfWeights();
  const path = join(folder, "manifest.json");
  await writeFile(
    path,
    (await readFile(path, "utf8")).replace('"maxTokens": 256', '"maxTokens": 128'),
  );
  const [before, after] = [await readWeights(WEIGHTS), await readWeights(folder)];
  expect(after[0]?.digest).not.toBe(before[0]?.digest);
  expect(after[1]?.digest).toBe(before[1]?.digest);
});
