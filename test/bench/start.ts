import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import {
  buildLanceDbLayer,
  bundleFunctions,
  bundleModule,
  nativePackage,
} from "../../lambdas/deploy/bundle.ts";
import { FUNCTION_NAMES } from "../../lambdas/deploy/function-names.ts";
import { bundleEdge } from "../twin/bundle.ts";
import type { Benchmark, BenchOptions, Figure } from "./benchmark.ts";
import { figureOf } from "./figures.ts";
import { measureFunction, measureModule, type Starts } from "./function-start.ts";
import { measureIsolates } from "./isolate-start.ts";
import { ratio, spread, values, type Round } from "./paired.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** 1 MB, as limits of Workers are stated: Cloudflare's free plan takes 3. */
const WORKER_GZIP_BYTES_MAX = 1024 * 1024;
const REPLY_GOAL = { atMost: 0.6 };

export const start: Benchmark = {
  name: "start",
  measures:
    "the Worker's bundle and its isolate's start; each function's bundle, from asking for its module to its first reply",
  reference: "a Worker of one bare Hono route; `require` of the function's SDKs, unbundled",

  async run(options) {
    const folder = await mkdtemp(path.join(tmpdir(), "nearfield-start-"));
    try {
      options.say("bundling");
      const { scriptPath } = await bundleEdge(path.join(folder, "edge"));
      const bytes = await readFile(scriptPath);
      const milvus = await bundleAll(folder);
      options.say("starting isolates");
      const isolates = await measureIsolates(scriptPath, options.rounds);
      const starts = await measureAll(folder, milvus, options);
      const sides: Record<string, readonly Round[]> = { ...isolates };
      for (const [name, measured] of Object.entries(starts))
        for (const [side, rounds] of Object.entries(measured)) sides[`${name}: ${side}`] = rounds;
      const { nearfield, bare } = isolates;
      const gzipBytes = gzipSync(bytes).length;
      const worker: Figure[] = [
        {
          what: "Worker's bundle, gzip",
          value: gzipBytes,
          unit: "bytes",
          goal: { atMost: WORKER_GZIP_BYTES_MAX },
        },
        figureOf(
          "workerd's start to the Worker's first answer",
          "ms",
          spread(values(nearfield, "ms")),
        ),
        figureOf("the same, to the bare route's", "x", ratio(nearfield, bare, "ms")),
      ];
      return {
        figures: [
          ...worker,
          ...Object.entries(starts).flatMap(([name, of]) => figuresOf(name, of)),
        ],
        sides,
        sizes: { workerBytes: bytes.length, workerGzipBytes: gzipBytes },
        seed: 0,
        notes: [
          "A function's first reply has its module loaded, LanceDB's native part opened, its event checked, and Redis found away. Node's own start is in no side.",
          "Opening LanceDB's native part is most of both sides there, and no bundle makes it shorter; the Milvus adapter shows what bundling does to an SDK of JavaScript.",
          "A compile cache holds for one Node version and architecture: one made here does not serve Lambda on arm64.",
        ],
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** @returns the bundle of the Milvus adapter: its functions can't reply without a Milvus, but loading it needs none */
async function bundleAll(folder: string): Promise<string> {
  await bundleFunctions(path.join(folder, "lancedb"), "lancedb");
  const name = nativePackage(process.arch === "arm64" ? "arm64" : "x64");
  const native = path.join(ROOT, "node_modules", name);
  await buildLanceDbLayer(path.join(folder, "layer"), { name, folder: native });
  const milvus = path.join(folder, "milvus-store.mjs");
  await bundleModule(path.join(ROOT, "lambdas/adapters/milvus-store.ts"), milvus, "milvus");
  return milvus;
}

async function measureAll(
  folder: string,
  milvus: string,
  { rounds, say }: BenchOptions,
): Promise<Readonly<Record<string, Starts>>> {
  const starts: Record<string, Starts> = {};
  for (const name of FUNCTION_NAMES) {
    say(`cold starts of ${name}`);
    starts[name] = await measureFunction(name, folder, rounds);
  }
  say("loading the Milvus adapter");
  starts["Milvus adapter"] = await measureModule(
    milvus,
    "@zilliz/milvus2-sdk-node",
    folder,
    rounds,
  );
  return starts;
}

function figuresOf(name: string, { plain, cached, required }: Starts): Figure[] {
  return [
    figureOf(
      `${name}: with the compile cache, to require`,
      "x",
      ratio(cached, required, "ms"),
      REPLY_GOAL,
    ),
    figureOf(`${name}: without it, to require`, "x", ratio(plain, required, "ms")),
    figureOf(`${name}: with the compile cache`, "ms", spread(values(cached, "ms"))),
    figureOf(`${name}: require of its SDKs and nothing else`, "ms", spread(values(required, "ms"))),
  ];
}
