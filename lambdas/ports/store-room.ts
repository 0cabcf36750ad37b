/**
 * `low`: what is under way still fits, but no new write is to be taken on; `full`: nothing more is applied. `unknown`: the data lies
 * elsewhere, and the engine itself says when it can't take more.
 */
export type RoomStanding = "enough" | "low" | "full" | "unknown";

/** Room for what the region's store is yet to write. */
export interface StoreRoom {
  /** As it was a second ago at most. Never rejects. */
  standing(): Promise<RoomStanding>;
}
