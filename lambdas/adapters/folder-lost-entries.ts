import { mkdir, open, rename, stat } from "node:fs/promises";
import path from "node:path";
import { randomUUID } from "node:crypto";
import { assert } from "../../shared/std/assert.ts";
import type { LostEntries } from "../ports/lost-entries.ts";

/** Lost entries as files `lost/<name>.ndjson`, which `npm run nearfield -- ingest` reads. */
export class FolderLostEntries implements LostEntries {
  readonly #root: string;

  /** @param root absolute path of the blob folder */
  constructor(root: string) {
    this.#root = root;
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
    // Whole or not at all: the file takes its name only once it is on the disk.
    const temporary = `${target}.${randomUUID()}`;
    const file = await open(temporary, "wx");
    let count = 0;
    try {
      for await (const line of lines) {
        signal.throwIfAborted();
        await file.appendFile(`${line}\n`);
        count += 1;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
    return { path: target, lines: count };
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
