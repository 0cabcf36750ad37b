import { execFile } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { FunctionName } from "../../lambdas/deploy/function-names.ts";
import { required } from "../../shared/std/assert.ts";
import { ASK_FUNCTION, functionEnv, functionEvent } from "../deploy/function-process.ts";
import { measureInTurn, type Round, type Rounds } from "./paired.ts";

const LOAD_MODULES = fileURLToPath(new URL("./load-modules.ts", import.meta.url));
const PROCESS_MS_MAX = 60_000;

const EVERY = ["@upstash/redis", "zod", "@noble/hashes/sha2.js", "@lancedb/lancedb"];
/** What each function's bundle holds or loads of packages that weigh something. */
const SDKS: Readonly<Record<FunctionName, readonly string[]>> = {
  search: EVERY,
  replicate: EVERY,
  answer: EVERY,
  maintain: EVERY,
  write: [...EVERY, "@aws-sdk/client-lambda"],
};

/** `plain` and `cached`: the bundle without and with a filled compile cache; `required`: its SDKs by `require`, unbundled. */
export type Starts = Rounds<"plain" | "cached" | "required">;

/** From asking for a function's module to its first reply, a process each. */
export function measureFunction(
  name: FunctionName,
  folder: string,
  rounds: number,
): Promise<Starts> {
  const bundle = path.join(folder, "lancedb", name, "index.mjs");
  const ask = async (env: Env): Promise<Round> => {
    const event = JSON.stringify(functionEvent(name, Date.now()));
    const said = await runNode([ASK_FUNCTION, bundle, event], folder, env);
    return { ms: required(said["replyMs"], "it replied"), importMs: said["importMs"] ?? 0 };
  };
  return measureInTurn(
    {
      plain: () => ask({}),
      cached: () => ask(cacheOf(folder, name)),
      required: () => load(["require", ...SDKS[name]], folder, {}),
    },
    { rounds, warmUps: 1 }, // The warm-up's exit fills the cache.
  );
}

/** Loading a bundle of a store's adapter, against `require` of its SDK. */
export function measureModule(
  bundle: string,
  sdk: string,
  folder: string,
  rounds: number,
): Promise<Starts> {
  return measureInTurn(
    {
      plain: () => load(["import", bundle], folder, {}),
      cached: () => load(["import", bundle], folder, cacheOf(folder, path.basename(bundle))),
      required: () => load(["require", sdk], folder, {}),
    },
    { rounds, warmUps: 1 },
  );
}

type Env = Readonly<Record<string, string>>;

function cacheOf(folder: string, name: string): Env {
  return { NODE_COMPILE_CACHE: path.join(folder, "compile-cache", name) };
}

async function load(args: readonly string[], folder: string, env: Env): Promise<Round> {
  const { ms } = await runNode([LOAD_MODULES, ...args], folder, env);
  return { ms: required(ms, "it said how long it took") };
}

async function runNode(
  args: readonly string[],
  folder: string,
  env: Env,
): Promise<Readonly<Record<string, number>>> {
  const { stdout } = await promisify(execFile)(process.execPath, [...args], {
    cwd: folder,
    env: { ...functionEnv(folder), ...env },
    timeout: PROCESS_MS_MAX,
  });
  return JSON.parse(stdout) as Record<string, number>;
}
