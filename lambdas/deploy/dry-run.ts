/** `npm run deploy:dry`: everything of a deployment that needs no account, in the order of a real one. */
import { Command } from "commander";
import { rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { bundleSizes, sizeTable, type BundleSize } from "./bundle-sizes.ts";
import { FUNCTION_NAMES } from "./function-names.ts";
import { lintDockerfile } from "./lint-dockerfile.ts";
import { readRegionFile } from "./region-file.ts";
import { runTool } from "./run-tool.ts";
import { synthesise } from "./synthesise.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DIST = path.join(ROOT, "dist");
const ENVIRONMENTS = ["staging", "production"] as const;
const PAGE_MS_MAX = 60_000;
const WRANGLER_MS_MAX = 120_000;

new Command("npm run deploy:dry --")
  .description(
    "Builds the page, the edge worker of each environment and the functions of each region into dist/, writes a CloudFormation " +
      "template a region into dist/cdk, prints what each bundle weighs and lints the embedder's Dockerfile. " +
      "Needs no account, no AWS tools and no network. Exits 1 if a step fails.",
  )
  .parse();

const sizes: BundleSize[] = [];
let failures = 0;

await step("page into dist/assets", async () => {
  await rm(path.join(DIST, "assets"), { recursive: true, force: true });
  // Another deployable's tool, so it is run, not imported.
  await runTool({
    command: process.execPath,
    args: [path.join(ROOT, "workers/playground/build.ts"), path.join(DIST, "assets")],
    cwd: ROOT,
    timeoutMs: PAGE_MS_MAX,
  });
});
for (const environment of ENVIRONMENTS)
  await step(`edge worker of ${environment} into dist/worker/${environment}`, async () => {
    const outDir = path.join(DIST, "worker", environment);
    await rm(outDir, { recursive: true, force: true });
    await runTool({
      command: process.execPath,
      args: [
        path.join(ROOT, "node_modules/wrangler/bin/wrangler.js"),
        "deploy",
        "--dry-run",
        "--env",
        environment,
        "--outdir",
        outDir,
      ],
      cwd: ROOT,
      env: { WRANGLER_SEND_METRICS: "false", CI: "1" },
      timeoutMs: WRANGLER_MS_MAX,
    });
    sizes.push(await bundleSizes(`worker (${environment})`, path.join(outDir, "main.js")));
  });
await step("functions into dist/functions, templates into dist/cdk", async () => {
  const outDir = path.join(DIST, "cdk");
  await rm(outDir, { recursive: true, force: true });
  const { code, missing } = await synthesise(
    readRegionFile(),
    path.join(DIST, "functions"),
    outDir,
  );
  for (const [kind, { folders }] of code) {
    for (const name of FUNCTION_NAMES)
      sizes.push(await bundleSizes(`${name} (${kind})`, path.join(folders[name], "index.mjs")));
  }
  return missing;
});
await step("lint of gpu-embedder/Dockerfile", async () => {
  const outcome = await lintDockerfile(ROOT, "gpu-embedder/Dockerfile");
  return outcome.kind === "clean" ? null : `NOT LINTED: ${outcome.because}`;
});

process.stdout.write(`\n${sizeTable(sizes)}\n`);
if (failures > 0) process.exitCode = 1;

/** @param work gives a remark, or null */
async function step(name: string, work: () => Promise<string | null | void>): Promise<void> {
  const startMs = performance.now();
  try {
    const remark = await work();
    const took = `${((performance.now() - startMs) / 1_000).toFixed(1)} s`;
    process.stdout.write(`  ok      ${name} (${took})\n`);
    if (typeof remark === "string") process.stdout.write(`          ${remark}\n`);
  } catch (error) {
    failures += 1;
    const said = error instanceof Error ? error.message : String(error);
    process.stdout.write(`  FAILED  ${name}: ${said.replaceAll("\n", " | ")}\n`);
  }
}
