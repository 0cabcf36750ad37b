import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { ContentCursor, ContentPart } from "../../shared/contracts/content-part.ts";
import type { Point } from "../../shared/domain/point.ts";

/** What a collection's primary shows of it, for another region to compare with its own. */
export interface PrimaryContent {
  /**
   * A part of it at a point.
   * @returns null where the primary is not at that point, or does not answer in time. Never rejects but by the signal
   */
  part(
    record: CollectionRecord,
    point: Point,
    from: ContentCursor | null,
    signal: AbortSignal,
  ): Promise<ContentPart | null>;
}
