import { mkdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 200;
const REFRESH_MS = 5_000;
/** Of a process that was killed, or of a clock that differs: a mark of this age says nothing any more. */
const MARK_MS_MAX = 30_000;

/**
 * Tells every process that writes to a table that an index of it is being built. Lance throws away an index if rows were
 * rewritten meanwhile, as compaction does; so for so long nobody compacts.
 */
export class BuildMark {
  readonly #file: string;

  /** @param folder of the collection */
  constructor(folder: string, shard: number) {
    this.#file = path.join(folder, `building-shard_${shard}`);
  }

  /** Keeps the mark while `build` runs. */
  async during<T>(build: () => Promise<T>): Promise<T> {
    await mkdir(path.dirname(this.#file), { recursive: true });
    await writeFile(this.#file, "");
    // Where it can't be refreshed the build may be for nothing, and is made again by the next maintenance.
    const refresh = () => void utimes(this.#file, new Date(), new Date()).catch(() => undefined);
    const timer = setInterval(refresh, REFRESH_MS);
    try {
      return await build();
    } finally {
      clearInterval(timer);
      await rm(this.#file, { force: true });
    }
  }

  /** @throws the signal's reason where that aborts first */
  async gone(signal: AbortSignal): Promise<void> {
    while (await this.isSet()) await delay(POLL_MS, undefined, { signal });
  }

  async isSet(): Promise<boolean> {
    try {
      return Date.now() - (await stat(this.#file)).mtimeMs < MARK_MS_MAX;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
      throw error;
    }
  }
}

/** Compacts, unless another process has committed first: it is tried again later, here or there. */
export async function unlessPreempted(optimize: () => Promise<unknown>): Promise<void> {
  try {
    await optimize();
  } catch (error) {
    if (!(error instanceof Error && /commit conflict/i.test(error.message))) throw error;
  }
}
