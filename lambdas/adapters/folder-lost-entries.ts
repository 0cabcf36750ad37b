import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { randomUUID } from "node:crypto";
import { assert } from "../../shared/std/assert.ts";
import type { LostEntries } from "../ports/lost-entries.ts";
import { filesIn, removeLeftBehind } from "./left-behind.ts";

/** Lost entries as files `lost/<name>.ndjson`, which `npm run nearfield -- ingest` reads. */
export class FolderLostEntries implements LostEntries {
  readonly #root: string;
  readonly #wallMs: () => number;

  /** @param root absolute path of the blob folder @param wallMs for the age of files that were left behind */
  constructor(root: string, wallMs: () => number = Date.now) {
    this.#root = root;
    this.#wallMs = wallMs;
  }

  async keep(
    name: string,
    lines: AsyncIterable<string>,
    signal: AbortSignal,
  ): Promise<{ readonly path: string; readonly lines: number } | null> {
    assert(/^[a-z0-9_-]+$/.test(name), "a name that is no path");
    const folder = path.join(this.#root, "lost");
    const target = path.join(folder, `${name}.ndjson`);
    if (await exists(target)) return null;
    await mkdir(folder, { recursive: true });
    const unfinished = await filesIn(folder, (file) => /\.ndjson\../.test(file));
    await removeLeftBehind(unfinished, this.#wallMs());
    // Whole or not at all: the file takes its name only once it is on the disk.
    const temporary = `${target}.${randomUUID()}`;
    try {
      const count = await write(temporary, lines, signal);
      await rename(temporary, target);
      return { path: target, lines: count };
    } catch (error) {
      await rm(temporary, { force: true }); // It is tried again, under another name.
      throw error;
    }
  }
}

/** @returns the number of lines */
async function write(
  target: string,
  lines: AsyncIterable<string>,
  signal: AbortSignal,
): Promise<number> {
  const file = await open(target, "wx");
  try {
    let count = 0;
    for await (const line of lines) {
      signal.throwIfAborted();
      await file.appendFile(`${line}\n`);
      count += 1;
    }
    await file.sync();
    return count;
  } finally {
    await file.close();
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}
