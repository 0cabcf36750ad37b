import { spawn } from "node:child_process";
import { copyFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const REPAIR_MS_MAX = 60_000;

/**
 * The log's Redis refuses a truncated append-only file, as it must: a lost tail has to be noticed. This is the notice and
 * the repair: the file is cut back to its last whole command, by the binary's own check. The restart that follows has a
 * new run id; noticing it by the scripts, and promoting, come with the work on failover: until then the log line is the notice.
 *
 * @param lastOutput what the engine printed before it ended
 */
export async function repairAppendOnlyFile(
  binary: string,
  folder: string,
  lastOutput: string,
  log: (line: string) => void,
): Promise<void> {
  // "Bad file format" is damage in the middle: cutting there would throw away what was acknowledged, so the start fails.
  if (!lastOutput.includes("Unexpected end of file reading the append only file")) return;
  const aofFolder = join(folder, "appendonlydir");
  const manifest = (await readdir(aofFolder)).find((name) => name.endsWith(".manifest"));
  const target =
    manifest === undefined
      ? undefined
      : /file (\S+\.incr\.aof) /g.exec(await readFile(join(aofFolder, manifest), "utf8"))?.[1];
  if (target === undefined) throw new Error("no append-only file is named by the manifest");
  const path = join(aofFolder, target);
  const before = (await readFile(path)).length;
  await copyFile(path, `${path}.before-repair`);
  await check(binary, path);
  log(
    `the append-only file had lost its tail: ${before - (await readFile(path)).length} bytes cut off ${target}`,
  );
}

/** The server's binary is also its check, by the name under which it is started. */
async function check(binary: string, path: string): Promise<void> {
  const child = spawn(binary, ["--fix", path], {
    argv0: binary.includes("valkey") ? "valkey-check-aof" : "redis-check-aof",
    stdio: ["pipe", "ignore", "ignore"],
    signal: AbortSignal.timeout(REPAIR_MS_MAX),
  });
  child.stdin.end("y\n");
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`the check ended with ${code}`)),
    );
  });
}
