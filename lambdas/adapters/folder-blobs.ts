import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { sha256Hex } from "../../shared/std/bytes.ts";
import { randomUUID } from "node:crypto";
import type { BlobStore } from "../ports/blobs.ts";
import { orStorageFull } from "./disk-full.ts";
import { syncFolder } from "./sync-folder.ts";

/** Names that can be listed: each part is a folder or a file. None begins with a dot, so none points out of the folder. */
const LISTED = /^(snapshots|segments)(\/[a-z0-9-][a-z0-9.-]{0,127})+$/;
const LISTED_ROOTS: ReadonlySet<string> = new Set(["snapshots", "segments"]);
/** A file that is still being written, or was left by a process that was killed, ends so. */
const TEMPORARY = ".tmp";

/** Blobs as files. A name is hashed into its path, so no name can point out of the folder, but for those that can be listed. */
export class FolderBlobs implements BlobStore {
  readonly #root: string;

  /** @param root absolute path of the folder */
  constructor(root: string) {
    this.#root = root;
  }

  put(name: string, bytes: Uint8Array, type: string, signal: AbortSignal): Promise<void> {
    return orStorageFull(() => this.#put(name, bytes, type, signal));
  }

  async #put(name: string, bytes: Uint8Array, type: string, signal: AbortSignal): Promise<void> {
    const target = this.#path(name);
    const folder = path.dirname(target);
    const made = await mkdir(folder, { recursive: true });
    // Whole or not at all: the file takes its name only once its bytes are on the disk.
    const temporary = `${target}.${randomUUID()}${TEMPORARY}`;
    try {
      const file = await open(temporary, "wx");
      try {
        const head = Buffer.from(`${type}\n`, "latin1");
        await file.writeFile(Buffer.concat([head, bytes]), { signal });
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, target);
      // The name is on the disk only when its folder is, and those that were made for it.
      const top = made === undefined ? folder : path.dirname(made);
      for (let at = folder; ; at = path.dirname(at)) {
        await syncFolder(at);
        if (at.length <= top.length) break;
      }
    } catch (error) {
      await rm(temporary, { force: true }); // A disk that is full stays no fuller than it was.
      throw error;
    }
  }

  async get(
    name: string,
    signal: AbortSignal,
  ): Promise<{ bytes: Uint8Array; type: string } | null> {
    const data = await unlessMissing(readFile(this.#path(name), { signal }));
    if (data === null) return null;
    const end = data.indexOf(10);
    return { type: data.subarray(0, end).toString("latin1"), bytes: data.subarray(end + 1) };
  }

  async list(prefix: string, limit: number, signal: AbortSignal): Promise<string[]> {
    signal.throwIfAborted();
    const folder = prefix.slice(0, prefix.lastIndexOf("/"));
    if (!LISTED.test(folder) && !LISTED_ROOTS.has(folder)) return [];
    const entries = await unlessMissing(
      readdir(path.join(this.#root, folder), { recursive: true, withFileTypes: true }),
    );
    return (entries ?? [])
      .filter((entry) => entry.isFile() && !entry.name.endsWith(TEMPORARY))
      .map((entry) =>
        path
          .relative(this.#root, path.join(entry.parentPath, entry.name))
          .split(path.sep)
          .join("/"),
      )
      .filter((name) => name.startsWith(prefix))
      .slice(0, limit);
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await rm(this.#path(name), { force: true });
  }

  #path(name: string): string {
    if (LISTED.test(name)) return path.join(this.#root, name);
    const hash = sha256Hex(name);
    return path.join(this.#root, hash.slice(0, 2), hash);
  }
}

async function unlessMissing<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
