import { statfs } from "node:fs/promises";
import path from "node:path";
import type { RoomStanding, StoreRoom } from "../ports/store-room.ts";

const LOOK_MS = 1_000;
/** Of what must be free for new writes: below this share of it nothing is written any more, so that checkpoints still fit. */
const FULL_SHARE = 1 / 4;

export interface FolderRoomOptions {
  /** Absolute path; it need not be there yet. */
  readonly folder: string;
  /** Covers the writes under way and what compaction writes beside what it replaces. */
  readonly freeBytesMin: number;
  readonly nowMs: () => number;
}

/** What is free where a folder lies. */
export class FolderRoom implements StoreRoom {
  readonly #options: FolderRoomOptions;
  #looked: { readonly atMs: number; readonly standing: Promise<RoomStanding> } | null = null;

  constructor(options: FolderRoomOptions) {
    this.#options = options;
  }

  standing(): Promise<RoomStanding> {
    const nowMs = this.#options.nowMs();
    if (this.#looked === null || nowMs - this.#looked.atMs > LOOK_MS)
      this.#looked = { atMs: nowMs, standing: this.#look() };
    return this.#looked.standing;
  }

  async #look(): Promise<RoomStanding> {
    const { folder, freeBytesMin } = this.#options;
    const free = await freeBytes(folder);
    if (free === null) return "unknown";
    if (free < freeBytesMin * FULL_SHARE) return "full";
    return free < freeBytesMin ? "low" : "enough";
  }
}

/** Where the folder is not there yet, what is free where it would be; null if that can't be told. */
async function freeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    const parent = path.dirname(folder);
    return parent === folder ? null : freeBytes(parent);
  }
}
