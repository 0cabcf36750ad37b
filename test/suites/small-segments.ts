import { BlobSegments } from "../../lambdas/adapters/blob-segments.ts";
import type { BlobStore } from "../../lambdas/ports/blobs.ts";
import type { SegmentSizes } from "../../shared/domain/segments.ts";
import { SimulatedBlobs } from "../simulate/simulated-blobs.ts";

/** So small that a test's log has segments. */
export const SMALL_SIZES: SegmentSizes = {
  inlineEntryBytesMax: 450,
  inlineAppendBytesMax: 3_000,
  segmentBytesMax: 8_000,
};

/** Segments of a test's log. */
export function smallSegments(
  blobs: BlobStore = new SimulatedBlobs(),
  wallMs: () => number = Date.now,
  sizes = SMALL_SIZES,
): BlobSegments {
  return new BlobSegments(blobs, wallMs, sizes);
}
