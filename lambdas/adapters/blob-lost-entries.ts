import { LIMITS } from "../../shared/contracts/limits.ts";
import { assert } from "../../shared/std/assert.ts";
import { utf8Length } from "../../shared/std/bytes.ts";
import type { BlobStore } from "../ports/blobs.ts";
import type { LostEntries } from "../ports/lost-entries.ts";

const LINES_TYPE = "application/x-ndjson";
/** Written last: what has none was cut off, and is begun anew. */
const WHOLE = "whole";

/**
 * Lost entries in a bucket, as blobs `lost/<name>/part-<number>.ndjson`, which `npm run nearfield -- ingest` reads once they are fetched.
 */
export class BlobLostEntries implements LostEntries {
  readonly #blobs: BlobStore;
  readonly #where: string;

  /** @param where the blobs lie, for people: ends with a slash */
  constructor(blobs: BlobStore, where: string) {
    this.#blobs = blobs;
    this.#where = where;
  }

  async keep(
    name: string,
    lines: AsyncIterable<string>,
    signal: AbortSignal,
  ): Promise<{ readonly path: string; readonly lines: number } | null> {
    assert(/^[a-z0-9_-]+$/.test(name), "a name that is no path");
    const folder = `lost/${name}/`;
    if ((await this.#blobs.get(`${folder}${WHOLE}`, signal)) !== null) return null;
    let [count, parts, bytes] = [0, 0, 0];
    let part: string[] = [];
    const write = async () => {
      const number = String(parts).padStart(5, "0");
      await this.#put(`${folder}part-${number}.ndjson`, part.join(""), signal);
      [part, bytes, parts] = [[], 0, parts + 1];
    };
    for await (const line of lines) {
      signal.throwIfAborted();
      const size = utf8Length(line) + 1;
      if (part.length > 0 && bytes + size > LIMITS.snapshotPartBytesMax) await write();
      part.push(`${line}\n`);
      bytes += size;
      count += 1;
    }
    if (part.length > 0) await write();
    await this.#put(`${folder}${WHOLE}`, `${count}\n`, signal);
    return { path: `${this.#where}${folder}`, lines: count };
  }

  #put(name: string, text: string, signal: AbortSignal): Promise<void> {
    return this.#blobs.put(name, new TextEncoder().encode(text), LINES_TYPE, signal);
  }
}
