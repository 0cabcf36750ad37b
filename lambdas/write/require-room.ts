import { Problem } from "../../shared/contracts/problems.ts";
import type { StoreRoom } from "../ports/store-room.ts";

/** Before anything is kept or appended: what the log has must also fit into the primary's store. @throws Problem `storage-full` */
export async function requireRoom(room: StoreRoom): Promise<void> {
  const standing = await room.standing();
  if (standing === "low" || standing === "full")
    throw new Problem(
      "storage-full",
      "The primary region's disk is full; nothing was written. It takes writes again once there is room.",
    );
}
