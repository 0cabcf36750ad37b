import { open, readFile, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  isRecord,
  RECORD_HEADER_BYTES,
  decodeRecord,
  encodeRecord,
  type JournalRecord,
} from "./journal-record.ts";

/** How a journal was found at start. */
export interface JournalStart {
  /** Whole records, oldest first. */
  readonly records: readonly JournalRecord[];
  /** Bytes of a torn or damaged tail that were cut off; 0 after any clean or killed run. */
  readonly bytesCut: number;
}

/**
 * An append-only file of records. What `append` has acknowledged is on the disk (fdatasync), in the order of the calls;
 * the caller gives whole batches, so that commands that arrive together share one fdatasync.
 */
export class Journal {
  readonly #path: string;
  #file: FileHandle;
  #bytes: number;
  /** Set when a failed append could not be undone: what follows it would be lost at the next start. */
  #broken: Error | null = null;

  private constructor(path: string, file: FileHandle, bytes: number) {
    this.#path = path;
    this.#file = file;
    this.#bytes = bytes;
  }

  /** Opens or creates the folder's journal, and cuts off a torn tail. */
  static async open(
    folder: string,
  ): Promise<{ readonly journal: Journal; readonly start: JournalStart }> {
    const path = join(folder, "journal.aof");
    await rm(`${path}.next`, { force: true }); // A compaction that was cut short: the journal itself is whole.
    const file = await open(path, "a+");
    const bytes = await readFile(file);
    const records: JournalRecord[] = [];
    let end = 0;
    for (let next = decodeRecord(bytes, 0); next !== null; next = decodeRecord(bytes, end)) {
      records.push(next.record);
      end = next.end;
    }
    if (end < bytes.length) {
      const behind = nextRecord(bytes, end + 1);
      if (behind !== null) {
        await file.close();
        throw new Error(
          `${path} is damaged at byte ${end}, and whole again from byte ${behind}: restore it, or start with --reset`,
        );
      }
      await file.truncate(end); // A write that was cut short was never acknowledged.
    }
    await file.datasync(); // The self-test of durability: a disk that can't sync fails here, at start.
    await syncFolder(folder);
    return {
      journal: new Journal(path, file, end),
      start: { records, bytesCut: bytes.length - end },
    };
  }

  /** Length in bytes, to decide about a compaction. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Appends and syncs. A failure leaves the journal as it was, or throws from every later call. */
  async append(records: readonly JournalRecord[]): Promise<void> {
    if (this.#broken !== null) throw this.#broken;
    const batch = Buffer.concat(records.map(encodeRecord));
    try {
      await this.#file.appendFile(batch);
      await this.#file.datasync();
      this.#bytes += batch.length;
    } catch (error) {
      await this.#file.truncate(this.#bytes).catch((cause: unknown) => {
        this.#broken = new Error("The journal could not be cut back after a failed write", {
          cause,
        });
      });
      throw error;
    }
  }

  /** Replaces the whole journal by these records; a crash at any moment leaves the old or the new one, whole. */
  async replace(records: Iterable<JournalRecord>): Promise<void> {
    const next = await open(`${this.#path}.next`, "w");
    let bytes = 0;
    for (const record of records) {
      const encoded = encodeRecord(record);
      await next.appendFile(encoded);
      bytes += encoded.length;
    }
    await next.datasync();
    await next.close();
    await rename(`${this.#path}.next`, this.#path);
    await syncFolder(dirname(this.#path));
    await this.#file.close();
    this.#file = await open(this.#path, "a+");
    this.#bytes = bytes;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Makes a created or renamed file survive a power cut. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Where the next whole record begins, looking byte by byte; null if there is none: then what is there is a torn tail. */
function nextRecord(bytes: Buffer, from: number): number | null {
  for (let at = from; at + RECORD_HEADER_BYTES < bytes.length; at++)
    if (isRecord(bytes, at)) return at;
  return null;
}
