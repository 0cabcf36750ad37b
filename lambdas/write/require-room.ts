import type { LaidOutCollection } from "../../shared/contracts/collection.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { StoreRoom } from "../ports/store-room.ts";
import type { WriteLog } from "../ports/write-log.ts";
import { appendOf, type Keyed } from "./keyed.ts";

/** Before anything is kept or appended: what the log has must also fit into the primary's store. @throws Problem `storage-full` */
export async function requireRoom(room: StoreRoom): Promise<void> {
  if (!(await hasRoom(room))) throw diskFull();
}

/**
 * As `requireRoom`, but for a write that may be a repetition: of which the log has a part already, that is answered, and brought to its end.
 * @throws Problem `storage-full` where the log has nothing of it, and as `WriteLog.taken`
 */
export async function requireRoomOrTaken(
  { room, log }: { readonly room: StoreRoom; readonly log: WriteLog },
  collection: LaidOutCollection,
  keyed: Keyed,
  signal: AbortSignal,
): Promise<void> {
  if (await hasRoom(room)) return;
  if ((await log.taken(collection, appendOf(keyed, 0), signal)) === null) throw diskFull();
}

async function hasRoom(room: StoreRoom): Promise<boolean> {
  const standing = await room.standing();
  return standing !== "low" && standing !== "full";
}

function diskFull(): Problem {
  return new Problem(
    "storage-full",
    "The primary region's disk is full; nothing was written. It takes writes again once there is room.",
  );
}
