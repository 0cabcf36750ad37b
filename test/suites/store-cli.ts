import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { DIFFERENCES, type StoreName } from "./store-differences.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Run {
  readonly store: StoreName;
  readonly config: string;
  readonly files: readonly string[];
  /** Of the suite, where a file has several. */
  readonly suite?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const QUICK = { config: "test/vitest.config.ts", files: ["test/suites/store.test.ts"] };
/** Also with the twin's journeys on it. */
const LITE = {
  config: "test/vitest.long.config.ts",
  files: ["test/suites/store.full.test.ts", "test/flows/milvus-lite.long.test.ts"],
};
const MILVUS = {
  config: "test/vitest.long.config.ts",
  files: ["test/suites/store-milvus.long.test.ts"],
};
/** Also with TLS, users and graphs, for which the server has to be ours, and the whole twin on it. */
const OWN_MILVUS = {
  config: "test/vitest.long.config.ts",
  files: [
    ...MILVUS.files,
    "test/suites/milvus-door.full.test.ts",
    "test/suites/milvus-graph.long.test.ts",
    "test/flows/milvus-server.long.test.ts",
  ],
};

const command = new Command("npm run suite:store --")
  .description(
    "Runs the contract of the vector store against one engine, then prints how that engine differs.",
  )
  .argument(
    "<store>",
    "memory, lancedb, milvus-lite or milvus (both installed into .nearfield/ with python3), or HOST:PORT of a Milvus",
  )
  .addHelpText(
    "after",
    "\nA server at HOST:PORT gets collections named nf_<12 hex digits>_v1_s<n>, which are not removed.",
  )
  .action(async (store: string) => {
    const run = runOf(store);
    if (run === null) command.error(`error: ${store} is neither a store's name nor HOST:PORT`);
    else process.exitCode = await runSuite(run);
  });

await command.parseAsync();

function runOf(store: string): Run | null {
  if (store === "memory" || store === "lancedb")
    return { store, ...QUICK, suite: `vector store ${store}` };
  if (store === "milvus-lite") return { store, ...LITE };
  if (store === "milvus") return { store, ...OWN_MILVUS };
  if (!/^(https?:\/\/)?[^\s/:]+:\d{1,5}$/.test(store)) return null;
  return { store: "milvus", ...MILVUS, environment: { NEARFIELD_MILVUS: store } };
}

/** @returns vitest's exit code */
async function runSuite({ store, config, files, suite, environment }: Run): Promise<number> {
  const vitest = path.join(ROOT, "node_modules", "vitest", "vitest.mjs");
  const only = suite === undefined ? [] : ["--testNamePattern", suite];
  const args = [vitest, "run", "--config", config, ...files, ...only];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, ...environment },
  });
  const [code] = await once(child, "exit");
  process.stdout.write(`\nWhere ${store} differs from the contract:\n\n`);
  for (const { law, instead, because } of DIFFERENCES[store]) {
    process.stdout.write(`  Law      ${law}\n  Instead  ${instead}\n  Because  ${because}\n\n`);
  }
  return typeof code === "number" ? code : 1;
}
