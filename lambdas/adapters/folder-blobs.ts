import { mkdir, open, readFile, rename } from "node:fs/promises";
import path from "node:path";
import { sha256Hex } from "../../shared/std/bytes.ts";
import { randomUUID } from "node:crypto";
import type { BlobStore } from "../ports/blobs.ts";

/** Blobs as files. A name is hashed into its path, so no name can point out of the folder. */
export class FolderBlobs implements BlobStore {
  readonly #root: string;

  /** @param root absolute path of the folder */
  constructor(root: string) {
    this.#root = root;
  }

  async put(name: string, bytes: Uint8Array, type: string, signal: AbortSignal): Promise<void> {
    const target = this.#path(name);
    await mkdir(path.dirname(target), { recursive: true });
    // Whole or not at all: the file takes its name only once its bytes are on the disk.
    const temporary = `${target}.${randomUUID()}`;
    const file = await open(temporary, "wx");
    try {
      const head = Buffer.from(`${type}\n`, "latin1");
      await file.writeFile(Buffer.concat([head, bytes]), { signal });
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  }

  async get(
    name: string,
    signal: AbortSignal,
  ): Promise<{ bytes: Uint8Array; type: string } | null> {
    const data = await readFile(this.#path(name), { signal }).catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
      throw error;
    });
    if (data === null) return null;
    const end = data.indexOf(10);
    return { type: data.subarray(0, end).toString("latin1"), bytes: data.subarray(end + 1) };
  }

  #path(name: string): string {
    const hash = sha256Hex(name);
    return path.join(this.#root, hash.slice(0, 2), hash);
  }
}
