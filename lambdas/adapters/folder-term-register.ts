import { mkdir, open, readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { TermRegister } from "../ports/term-register.ts";
import { syncFolder } from "./sync-folder.ts";

const TRIES_MAX = 50;

/**
 * Terms as empty files `terms/<incarnation>/<term>`, of which the highest counts. A file is created only where none of that name
 * exists: the compare-and-set of a folder, as `If-None-Match: *` is that of S3.
 */
export class FolderTermRegister implements TermRegister {
  readonly #root: string;

  /** @param root absolute path of the blob folder */
  constructor(root: string) {
    this.#root = root;
  }

  async take(incarnation: string, above: number, signal: AbortSignal): Promise<number> {
    const folder = path.join(this.#root, "terms", incarnation);
    await mkdir(folder, { recursive: true });
    for (let tries = 1; tries <= TRIES_MAX; tries++) {
      signal.throwIfAborted();
      const taken = await termsIn(folder);
      const term = Math.max(above, ...taken) + 1;
      if (!(await create(path.join(folder, String(term))))) continue;
      await syncFolder(folder);
      if (!(await isNext(folder, taken, term))) continue;
      // Only now: a crash before leaves a term that is counted and never used.
      for (const old of taken) await rm(path.join(folder, String(old)), { force: true });
      return term;
    }
    throw new Error(`others took every term of ${incarnation} that was tried`);
  }
}

async function termsIn(folder: string): Promise<number[]> {
  return (await readdir(folder)).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** Who slept while others took terms and removed older ones finds a number free again: what was there before it is gone then. */
async function isNext(folder: string, before: readonly number[], term: number): Promise<boolean> {
  const now = await termsIn(folder);
  return before.length === 0
    ? now.every((other) => other <= term)
    : now.includes(Math.max(...before));
}

/** False where it is there already. */
async function create(file: string): Promise<boolean> {
  try {
    const handle = await open(file, "wx");
    await handle.sync();
    await handle.close();
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}
