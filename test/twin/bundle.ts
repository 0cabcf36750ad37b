import { build, type Plugin } from "esbuild";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { buildPage } from "../../workers/playground/build.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Bundle {
  readonly scriptPath: string;
  readonly assetsPath: string;
}

/** Bundles the Worker as wrangler would, and the page, into a folder. */
export async function bundleEdge(outDir: string, plugins: readonly Plugin[] = []): Promise<Bundle> {
  const scriptPath = path.join(outDir, "worker.mjs");
  const assetsPath = path.join(outDir, "assets");
  await mkdir(assetsPath, { recursive: true });
  await Promise.all([
    build({
      entryPoints: [path.join(ROOT, "workers/main.ts")],
      outfile: scriptPath,
      bundle: true,
      format: "esm",
      minify: true,
      conditions: ["workerd", "worker", "browser"],
      mainFields: ["browser", "module", "main"],
      external: ["node:*"],
      alias: { util: path.join(ROOT, "workers/adapters/node-util.ts") },
      logLevel: "error",
      plugins: [...plugins],
    }),
    buildPage(assetsPath),
  ]);
  return { scriptPath, assetsPath };
}
