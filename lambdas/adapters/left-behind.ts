import { readdir, rm, stat } from "node:fs/promises";
import path from "node:path";

/** A temporary file that nobody has written to for so long belongs to a process that was killed. */
const TEMPORARY_MS_MAX = 3_600_000;
/** Removed by one look: the next one goes on. */
const REMOVED_MAX = 100;

/**
 * Removes temporary files that were left behind. What can't be removed now is left to the next look: nobody's work depends on it.
 * @param files absolute paths of temporary files, also of such that are still being written
 */
export async function removeLeftBehind(files: readonly string[], nowMs: number): Promise<void> {
  let removed = 0;
  for (const file of files) {
    if (removed === REMOVED_MAX) return;
    const writtenMs = await stat(file).then(
      ({ mtimeMs }) => mtimeMs,
      () => Infinity,
    );
    if (nowMs - writtenMs <= TEMPORARY_MS_MAX) continue;
    await rm(file, { force: true }).catch(() => undefined);
    removed += 1;
  }
}

/** Absolute paths of what lies in a folder itself; nothing where it can't be read. */
export async function filesIn(folder: string, isOne: (name: string) => boolean): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter(isOne).map((name) => path.join(folder, name));
}
