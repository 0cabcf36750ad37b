import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, renameSync, statSync, type WriteStream } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

export interface ChildSpec {
  readonly name: string;
  readonly kind: "redis" | "embedder" | "region" | "shards" | "edge";
  /** Address that others use; it stays the same over restarts. */
  readonly url: string;
  /** Absolute path of the entry, run by this Node. */
  readonly entry: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly readyMsMax: number;
}

/** What a child said when it became ready, and what it said since over IPC. */
export type ChildWords = Readonly<Record<string, unknown>>;

const NEWS_MS = 200;
const RESTART_MS_MIN = 100;
const RESTART_MS_MAX = 5_000;
const STOP_MS_MAX = 3_000;
const LOG_BYTES_MAX = 5 * 1024 * 1024;
/** A child that was ready for so long had started well. */
const LIVED_MS = 10_000;
/** A child that dies so often before it is ready will not become ready by itself. */
const EARLY_DEATHS_MAX = 5;

/** Keeps one child process alive, unless it is held down. */
export class SupervisedChild {
  readonly spec: ChildSpec;
  words: ChildWords = {};
  readonly #logFile: string;
  readonly #onChange: () => void;
  #log: WriteStream;
  #logBytes: number;
  #child: ChildProcess | null = null;
  #held = false;
  #stopping = false;
  #revivals = 0;
  #readyMs = 0;

  /** @param onChange called when the child has another pid or has said something new */
  constructor(spec: ChildSpec, logDir: string, onChange: () => void) {
    this.spec = spec;
    this.#logFile = path.join(logDir, `${spec.name}.log`);
    this.#log = createWriteStream(this.#logFile, { flags: "a" });
    this.#logBytes = statSync(this.#logFile, { throwIfNoEntry: false })?.size ?? 0;
    this.#onChange = onChange;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Starts the child and waits until it is ready. @throws one clear line if it does not become so */
  async start(): Promise<void> {
    for (let deaths = 0; !this.#held && !this.#stopping;) {
      if (await this.#spawn()) return;
      deaths += 1;
      if (deaths >= EARLY_DEATHS_MAX) {
        throw new Error(`${this.spec.name} does not start; its last words are in ${this.#logFile}`);
      }
      await pause(backOffMs(deaths));
    }
  }

  /** Ends the child at once and keeps it down. */
  async hold(): Promise<void> {
    this.#held = true;
    await this.#kill("SIGKILL");
  }

  async release(): Promise<void> {
    if (!this.#held) return;
    this.#held = false;
    this.#revivals = 0;
    await this.start();
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** Asks the child to end, and makes it after a while. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const force = setTimeout(() => this.#child?.kill("SIGKILL"), STOP_MS_MAX);
    await this.#kill("SIGTERM");
    clearTimeout(force);
    this.#log.end();
  }

  async #kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGCONT"); // A stopped process would never see SIGTERM.
    child.kill(signal);
    await gone;
  }

  /** @returns whether the child became ready */
  #spawn(): Promise<boolean> {
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", this.spec.entry, ...(this.spec.args ?? [])],
      {
        env: { ...process.env, ...this.spec.env },
        stdio: ["ignore", "pipe", "pipe", "ipc"],
      },
    );
    this.#child = child;
    child.stderr?.on("data", (bytes: Buffer) => this.#write(bytes));
    child.on("message", (words: object) => this.#heard(words));
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const late = setTimeout(() => child.kill("SIGKILL"), this.spec.readyMsMax);
    let ready = false;
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on("line", (line) => {
        const words = readWords(line);
        if (words === null) return void this.#write(`${line}\n`);
        ready = true;
        this.#readyMs = performance.now();
        clearTimeout(late);
        this.#heard(words);
        resolve(true);
      });
    }
    child.once("error", (error) => this.#write(`${String(error)}\n`));
    child.once("exit", (code, signal) => {
      clearTimeout(late);
      this.#write(`${this.spec.name} ended: ${signal ?? `exit ${code}`}\n`);
      resolve(false);
      if (ready) this.#revive(child, signal ?? `exit ${code}`);
    });
    return promise;
  }

  /** A child that was ready and died starts again: at once if it had lived for a while, ever later if it had not. */
  #revive(dead: ChildProcess, end: string): void {
    this.#onChange();
    // Ctrl-C reaches a whole group at once: what ends with the twin is no news.
    setTimeout(() => {
      if (this.#stopping) return;
      const then = this.#held ? ", and is held down" : "; it is started again";
      process.stderr.write(`  ${this.spec.name} ended (${end})${then}\n`);
    }, NEWS_MS);
    if (performance.now() - this.#readyMs > LIVED_MS) this.#revivals = 0;
    setTimeout(
      () => {
        // Held down and let go meanwhile, it was started again already.
        if (this.#held || this.#stopping || this.#child !== dead) return;
        this.start().catch((error: unknown) =>
          process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`),
        );
      },
      backOffMs(this.#revivals++),
    );
  }

  #heard(words: object): void {
    this.words = { ...this.words, ...words };
    this.#onChange();
  }

  /** Appends to the log; a full one is put aside, in place of the one before. */
  #write(text: string | Buffer): void {
    if (this.#logBytes > LOG_BYTES_MAX) {
      this.#log.end();
      renameSync(this.#logFile, `${this.#logFile}.1`);
      this.#log = createWriteStream(this.#logFile, { flags: "a" });
      this.#logBytes = 0;
    }
    this.#logBytes += text.length;
    this.#log.write(text);
  }
}

function readWords(line: string): ChildWords | null {
  if (!line.startsWith('{"ready":true')) return null;
  return JSON.parse(line) as ChildWords;
}

function backOffMs(deaths: number): number {
  return Math.min(RESTART_MS_MAX, RESTART_MS_MIN * 2 ** deaths);
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs);
  });
}
