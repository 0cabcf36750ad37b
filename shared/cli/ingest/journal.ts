import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { sha256Hex } from "../../std/bytes.ts";
import type { Sent, Skipped } from "./send-batch.ts";

/** Skipped documents that are kept by name; all are counted. */
const SKIPPED_MAX = 1_000;

const Kept = z.strictObject({
  version: z.string(),
  /** Documents of the source that are done, from the first on. */
  done: z.int().min(0),
  written: z.int().min(0),
  skippedCount: z.int().min(0),
  skipped: z.array(z.strictObject({ at: z.string(), why: z.string() })),
});
export type Kept = z.output<typeof Kept>;

/** How far one source was written to one collection of one service: so what was interrupted goes on. */
export class Journal {
  readonly #file: string;
  #kept: Kept;

  private constructor(file: string, kept: Kept) {
    this.#file = file;
    this.#kept = kept;
  }

  /** @param about service, collection and source; @param version what is kept of another one does not count */
  static async open(folder: string, about: readonly string[], version: string): Promise<Journal> {
    const file = path.join(folder, `${sha256Hex(JSON.stringify(about)).slice(0, 16)}.json`);
    const empty = { version, done: 0, written: 0, skippedCount: 0, skipped: [] };
    const text = await readFile(file, "utf8").catch(() => null);
    const kept = text === null ? null : Kept.safeParse(parseJson(text));
    return new Journal(
      file,
      kept?.success === true && kept.data.version === version ? kept.data : empty,
    );
  }

  get kept(): Kept {
    return this.#kept;
  }

  /** Nothing is done. */
  restart(version: string): void {
    this.#kept = { version, done: 0, written: 0, skippedCount: 0, skipped: [] };
  }

  /** A batch is done, and all before it. */
  async add(documents: number, { written, skipped }: Sent): Promise<void> {
    const before = this.#kept;
    const all: Skipped[] = [...before.skipped, ...skipped];
    this.#kept = {
      version: before.version,
      done: before.done + documents,
      written: before.written + written,
      skippedCount: before.skippedCount + skipped.length,
      skipped: all.slice(0, SKIPPED_MAX),
    };
    await mkdir(path.dirname(this.#file), { recursive: true });
    await writeFile(`${this.#file}.new`, JSON.stringify(this.#kept));
    await rename(`${this.#file}.new`, this.#file);
  }

  /** All is done: another run begins anew. */
  async close(): Promise<void> {
    await rm(this.#file, { force: true });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // Cut off while it was written: then nothing is known.
  }
}
