import { link, mkdir, open, readdir, readFile, rm, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import { canonicalJson } from "../../shared/std/canonical-json.ts";

/** Kept behind the newest, so that a reader that has just listed the folder still finds what it saw. */
const CHECKPOINTS_KEPT = 8;
/** Writes from one look for what else lies in the folder to the next. */
const WRITES_PER_SWEEP = 64;
/** A temporary file of this age belongs to a process that was killed. */
const TEMPORARY_MS_MAX = 10 * 60_000;
const READ_TRIES = 3;
const FILE = /^(\d{12})\.json$/;

interface Held {
  /** 0 where there is no checkpoint yet. */
  readonly sequence: number;
  readonly checkpoint: Checkpoint | null;
}

/**
 * Checkpoints of one collection as files `<sequence>.json`, the highest one counts. A file is linked into place
 * whole and only where none of that name exists: the compare-and-set of a folder, as `If-None-Match: *` is that of S3.
 */
export class LanceDbCheckpoints {
  readonly #folder: string;
  readonly #wallMs: () => number;
  /** What the newest file was found to hold. */
  #known: { readonly stamp: string; readonly held: Held } | null = null;

  constructor(folder: string, wallMs: () => number) {
    this.#folder = folder;
    this.#wallMs = wallMs;
  }

  async read(): Promise<Checkpoint | null> {
    return (await this.#newest()).checkpoint;
  }

  /** True if `previous` was the newest and `next` now is. On the disk when it returns. */
  async write(previous: Checkpoint | null, next: Checkpoint): Promise<boolean> {
    const held = await this.#newest();
    if (!same(held.checkpoint, previous)) return false;
    if (held.sequence === 0) await mkdir(this.#folder, { recursive: true });
    if (!(await this.#create(held.sequence + 1, next))) return false;
    // A writer that slept here while others wrote and pruned would find its number free again: its predecessor is gone then.
    if (held.sequence > 0 && !(await exists(this.#path(held.sequence)))) {
      await rm(this.#path(held.sequence + 1));
      return false;
    }
    await this.#prune(held.sequence + 1);
    return true;
  }

  /** The newest that can be read. A damaged one is passed over: what came after the one before is applied again. */
  async #newest(): Promise<Held> {
    for (let attempt = 1; ; attempt++) {
      const sequences = (await this.#names()).map(sequenceOf).sort((a, b) => b - a);
      const [sequence = 0] = sequences;
      try {
        const stamp = sequence === 0 ? null : await stampOf(this.#path(sequence));
        if (stamp !== null && this.#known?.stamp === stamp) return this.#known.held;
        for (const one of sequences) {
          const checkpoint = readable(await readFile(this.#path(one), "utf8"));
          if (checkpoint !== null) {
            const held = { sequence, checkpoint };
            if (stamp !== null) this.#known = { stamp, held };
            return held;
          }
          process.stderr.write(
            `${JSON.stringify({ event: "checkpoint-damaged", file: this.#path(one) })}\n`,
          );
        }
        if (sequence > 0) throw new Error(`no checkpoint in ${this.#folder} can be read`);
        return { sequence, checkpoint: null };
      } catch (error) {
        // Pruned since it was listed: there are newer ones.
        if (!isNotFound(error) || attempt === READ_TRIES) throw error;
      }
    }
  }

  /** False if the number is taken. */
  async #create(sequence: number, checkpoint: Checkpoint): Promise<boolean> {
    const temporary = join(this.#folder, `${crypto.randomUUID()}.tmp`);
    try {
      await writeDurably(await open(temporary, "wx"), JSON.stringify(checkpoint));
      await link(temporary, this.#path(sequence));
    } catch (error) {
      if (hasCode(error, "EEXIST")) return false;
      throw error;
    } finally {
      await rm(temporary, { force: true });
    }
    const folder = await open(this.#folder, "r");
    await writeDurably(folder, null); // The name is on the disk only once the folder is.
    return true;
  }

  async #prune(newest: number): Promise<void> {
    await rm(this.#path(newest - CHECKPOINTS_KEPT), { force: true });
    if (newest % WRITES_PER_SWEEP !== 0) return;
    const nowMs = this.#wallMs();
    for (const name of await this.#names()) {
      const path = join(this.#folder, name);
      const old = FILE.test(name)
        ? sequenceOf(name) <= newest - CHECKPOINTS_KEPT
        : name.endsWith(".tmp") && nowMs - (await modifiedMs(path)) > TEMPORARY_MS_MAX;
      if (old) await rm(path, { force: true });
    }
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#folder);
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }

  #path(sequence: number): string {
    return join(this.#folder, `${String(sequence).padStart(12, "0")}.json`);
  }
}

function same(a: Checkpoint | null, b: Checkpoint | null): boolean {
  return a === null || b === null ? a === b : canonicalJson(a) === canonicalJson(b);
}

function sequenceOf(name: string): number {
  return Number(FILE.exec(name)?.[1] ?? 0);
}

async function writeDurably(file: FileHandle, text: string | null): Promise<void> {
  try {
    if (text !== null) await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Of a file as it lies there: another one under its name, or other content, has another. @throws if there is none */
async function stampOf(path: string): Promise<string> {
  const { ino, size, mtimeNs } = await stat(path, { bigint: true });
  return `${path} ${ino} ${size} ${mtimeNs}`;
}

async function exists(path: string): Promise<boolean> {
  return (await modifiedMs(path)) > -Infinity;
}

/** Minus infinity if there is no such file. */
async function modifiedMs(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (isNotFound(error)) return -Infinity;
    throw error;
  }
}

function isNotFound(error: unknown): boolean {
  return hasCode(error, "ENOENT");
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function readable(text: string): Checkpoint | null {
  try {
    const parsed = Checkpoint.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null; // Not JSON: cut short.
  }
}
