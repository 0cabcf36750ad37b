import { mkdir, open, readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { TermRegister } from "../ports/term-register.ts";
import { syncFolder } from "./sync-folder.ts";
import { takeTerm } from "./take-term.ts";

/**
 * Terms as empty files `terms/<incarnation>/<term>`. A file is created only where none of that name exists: the compare-and-set of
 * a folder, as `If-None-Match: *` is that of S3.
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
    const file = (term: number) => path.join(folder, String(term));
    const terms = {
      all: async () => (await readdir(folder)).filter((name) => /^\d+$/.test(name)).map(Number),
      create: async (term: number) => {
        const isNew = await create(file(term));
        if (isNew) await syncFolder(folder);
        return isNew;
      },
      remove: (term: number) => rm(file(term), { force: true }),
    };
    return takeTerm(terms, above, signal);
  }
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
