import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { promisify } from "node:util";

/** A binary to run, or the engine that needs none. */
export type EngineChoice =
  | { readonly kind: "binary"; readonly path: string; readonly name: string }
  | { readonly kind: "js" };

const VERSION_MS_MAX = 5_000;

/**
 * Which Redis to run: what `wanted` says (`js`, or a binary's name or path), else redis-server or valkey-server on the
 * search path, else js-redis-server.
 *
 * @throws if a binary is wanted by name and missing, or does not run
 */
export async function findEngine(
  wanted: string | undefined,
  searchPath: string,
): Promise<EngineChoice> {
  if (wanted === "js") return { kind: "js" };
  if (wanted !== undefined && wanted !== "") {
    const path = isAbsolute(wanted) ? wanted : findOnPath(wanted, searchPath);
    if (path === null) throw new Error(`NEARFIELD_REDIS names ${wanted}, which is not on PATH`);
    return { kind: "binary", path, name: await nameOf(path) };
  }
  for (const candidate of ["redis-server", "valkey-server"]) {
    const path = findOnPath(candidate, searchPath);
    if (path !== null) return { kind: "binary", path, name: await nameOf(path) };
  }
  return { kind: "js" };
}

function findOnPath(name: string, searchPath: string): string | null {
  for (const folder of searchPath.split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch (error) {
      if (!(error instanceof Error)) throw error; // Not here, then: the next folder.
    }
  }
  return null;
}

/** `Redis server v=7.0.15 sha=...` -> `redis-server 7.0.15`. */
async function nameOf(path: string): Promise<string> {
  const { stdout } = await promisify(execFile)(path, ["--version"], { timeout: VERSION_MS_MAX });
  const version = /v=(\S+)/.exec(stdout)?.[1] ?? "of unknown version";
  return `${/^valkey/i.test(stdout) ? "valkey-server" : "redis-server"} ${version}`;
}
