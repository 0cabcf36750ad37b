import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { repairAppendOnlyFile } from "./repair-aof.ts";

/** At once after a kill the old socket may still be held: "Address already in use". */
const RESTART_MS_MIN = 100;
const RESTART_MS_MAX = 5_000;
/** Alive this long, the next death is a new story. */
const HEALTHY_MS = 10_000;
const STOP_MS = 3_000;
/** The kernel takes 107 bytes. */
const SOCKET_PATH_MAX = 100;
const OUTPUT_CHARS_MAX = 65_536;

const SETTINGS = "--port 0 --bind 127.0.0.1 --appendonly yes --appendfsync always --save".split(
  " ",
);
/** The log must not lose or invent its tail: see `log-tail-lost`. */
const LOG_SETTINGS =
  "--no-appendfsync-on-rewrite no --aof-load-truncated no --maxmemory-policy noeviction".split(" ");

export interface RedisProcessOptions {
  readonly binary: string;
  readonly folder: string;
  readonly role: "log" | "region";
  readonly log: (line: string) => void;
}

/** A Redis or Valkey binary, restarted when it dies, on a unix socket that only this user's processes reach. */
export class RedisProcess {
  readonly socketPath: string;
  readonly #options: RedisProcessOptions;
  #child: ChildProcess | null = null;
  #stopping = false;
  #delayMs = RESTART_MS_MIN;

  constructor(options: RedisProcessOptions) {
    this.#options = options;
    this.socketPath = socketPathOf(options.folder);
  }

  /** Ends an engine that a killed front left behind, then starts one. */
  async start(): Promise<void> {
    await this.#endOrphan();
    this.#spawn();
  }

  pid(): number {
    return this.#child?.pid ?? 0;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGTERM");
    const timeout = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await ended;
    clearTimeout(timeout);
    rmSync(this.#pidFile(), { force: true });
  }

  #spawn(): void {
    const { binary, folder, role, log } = this.#options;
    const args = [
      ...SETTINGS,
      "",
      ...(role === "log" ? LOG_SETTINGS : []),
      "--dir",
      folder,
      "--unixsocket",
      this.socketPath,
    ];
    const child = spawn(binary, [...args, "--unixsocketperm", "700"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const startedMs = performance.now();
    let output = "";
    const keep = (chunk: Buffer): void =>
      void (output = (output + chunk.toString()).slice(-OUTPUT_CHARS_MAX));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", (error) => log(`${binary}: ${error.message}`));
    child.once("close", (code, signal) => {
      if (this.#stopping) return;
      log(
        `the engine ended (${signal ?? code}): ${output.trim().split("\n").slice(-3).join(" | ")}`,
      );
      if (performance.now() - startedMs > HEALTHY_MS) this.#delayMs = RESTART_MS_MIN;
      void this.#restart(output);
    });
    this.#child = child;
    if (child.pid !== undefined) writeFileSync(this.#pidFile(), String(child.pid));
  }

  async #restart(lastOutput: string): Promise<void> {
    await sleep(this.#delayMs);
    this.#delayMs = Math.min(RESTART_MS_MAX, this.#delayMs * 2);
    if (this.#stopping) return;
    try {
      await repairAppendOnlyFile(
        this.#options.binary,
        this.#options.folder,
        lastOutput,
        this.#options.log,
      );
    } catch (error) {
      this.#options.log(`the append-only file could not be repaired: ${String(error)}`);
    }
    if (!this.#stopping) this.#spawn();
  }

  async #endOrphan(): Promise<void> {
    if (!existsSync(this.#pidFile())) return;
    const pid = Number(readFileSync(this.#pidFile(), "utf8"));
    // A pid is used again some day: only the process that was started on this very folder is ended.
    const deadlineMs = performance.now() + STOP_MS;
    for (
      let signal: NodeJS.Signals = "SIGTERM";
      isEngineOf(pid, this.#options.folder, this.socketPath);
    ) {
      process.kill(pid, signal);
      await sleep(50);
      if (performance.now() > deadlineMs) signal = "SIGKILL";
    }
    rmSync(this.#pidFile(), { force: true });
  }

  #pidFile(): string {
    return join(this.#options.folder, "engine.pid");
  }
}

/** Redis shows its title instead of its arguments once it runs; that names the socket. */
function isEngineOf(pid: number, folder: string, socketPath: string): boolean {
  if (!Number.isInteger(pid) || pid <= 1 || !existsSync(`/proc/${pid}/cmdline`)) return false;
  const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8");
  return commandLine.includes(socketPath) || commandLine.includes(folder);
}

function socketPathOf(folder: string): string {
  const inFolder = join(folder, "engine.sock");
  if (inFolder.length <= SOCKET_PATH_MAX) return inFolder;
  return join(
    tmpdir(),
    `nearfield-${createHash("sha256").update(folder).digest("hex").slice(0, 16)}.sock`,
  );
}
