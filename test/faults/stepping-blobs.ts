import type { BlobStore } from "../../lambdas/ports/blobs.ts";
import type { CrashingStore } from "./reshard-in-process.ts";

/** Blobs whose calls are counted, and may be the last, with those of a store. */
export function steppingBlobs(blobs: BlobStore, crashing: CrashingStore): BlobStore {
  return {
    put: (...given) => crashing.step(() => blobs.put(...given)),
    get: (...given) => crashing.step(() => blobs.get(...given)),
    list: (...given) => crashing.step(() => blobs.list(...given)),
    remove: (...given) => crashing.step(() => blobs.remove(...given)),
  };
}
