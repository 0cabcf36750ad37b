import { Problem } from "../../shared/contracts/problems.ts";

/** No space, no quota, or a file larger than the process may write. */
const CODES = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
/** LanceDB tells of the same in words. */
const WORDS = /no space left on device|disk quota exceeded|file too large/i;

export const DISK_FULL = "A disk of the region is full. It goes on by itself once there is room.";

/** Does work that writes files. @throws Problem `storage-full` where the disk has no room; else what the work throws */
export async function orStorageFull<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    throw new Problem("storage-full", DISK_FULL, { cause: error });
  }
}

function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && CODES.has(String(error.code))) || WORDS.test(error.message);
}
