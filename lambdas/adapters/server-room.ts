import type { StoreRoom } from "../ports/store-room.ts";

/** Of a database server, whose disks are its own. */
export const serverRoom: StoreRoom = { standing: async () => "unknown" };
