import type { RegionEnv } from "../../shared/contracts/region-env.ts";
import type { StoreRoom } from "../ports/store-room.ts";
import { FolderRoom } from "./folder-room.ts";
import { serverRoom } from "./server-room.ts";

/** Of the store that the environment names. */
export function openRoom(env: RegionEnv, nowMs: () => number): StoreRoom {
  const folder = /^lancedb:(.+)$/.exec(env.NEARFIELD_STORE)?.[1];
  if (folder === undefined) return serverRoom;
  return new FolderRoom({ folder, freeBytesMin: env.NEARFIELD_STORE_FREE_BYTES_MIN, nowMs });
}
