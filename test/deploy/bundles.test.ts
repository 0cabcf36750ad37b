import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  buildLanceDbLayer,
  bundleFunction,
  bundleFunctions,
  nativePackage,
} from "../../lambdas/deploy/bundle.ts";
import { FUNCTION_NAMES } from "../../lambdas/deploy/function-names.ts";
import { bundleEdge } from "../twin/bundle.ts";
import { ASK_FUNCTION, functionEnv, functionEvent } from "./function-process.ts";

const MODULES = fileURLToPath(new URL("../../node_modules/", import.meta.url));
/** Cloudflare allows 3 MB on its free plan; ours is kept below a third of that. */
const WORKER_GZIP_BYTES_MAX = 1024 * 1024;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "nearfield-bundles-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the worker's bundle is at most 1 MB of gzip", async () => {
  const { scriptPath } = await bundleEdge(path.join(folder, "edge"));
  const bytes = await readFile(scriptPath);
  expect(bytes.length).toBeGreaterThan(100_000); // Something was bundled.
  expect(gzipSync(bytes).length).toBeLessThanOrEqual(WORKER_GZIP_BYTES_MAX);
});

describe("functions, bundled for a LanceDB region and run far from the repository", () => {
  beforeAll(async () => {
    await bundleFunctions(path.join(folder, "lancedb"), "lancedb");
    const name = nativePackage(process.arch === "arm64" ? "arm64" : "x64");
    await buildLanceDbLayer(path.join(folder, "layer"), { name, folder: path.join(MODULES, name) });
  });

  test.each(FUNCTION_NAMES)("%s answers, with LanceDB from its layer", async (name) => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        ASK_FUNCTION,
        path.join(folder, "lancedb", name, "index.mjs"),
        JSON.stringify(functionEvent(name, Date.now())),
      ],
      { cwd: folder, env: functionEnv(folder), timeout: 20_000 },
    );
    const { reply } = JSON.parse(stdout) as { reply: unknown };
    expect(reply).toMatchObject(EXPECTED[name]);
  });
});

test("a function for a Milvus region carries its SDK and nothing of LanceDB", async () => {
  await bundleFunction("search", path.join(folder, "milvus"), "milvus");
  const text = await readFile(path.join(folder, "milvus/index.mjs"), "utf8");
  expect(text).toContain("milvus.proto");
  expect(text).not.toContain("@lancedb/lancedb");
});

/** What each function says where its Redis, its log and its embedder are away. */
const EXPECTED = {
  search: { kind: "status", parts: { log: "down", redis: "down", embedder: "down" } },
  write: { kind: "problem", problem: { code: "log-unavailable" } },
  replicate: { failed: "log-unavailable" },
  maintain: { collections: 0 },
  answer: [{ event: "error", code: "log-unavailable" }],
} as const;
