import { LIMITS } from "../../contracts/limits.ts";
import type { Found } from "./found-document.ts";

/** What two cores embed within a write's deadline, also where the texts are long. */
const DOCUMENTS_MAX = 64;
const BYTES_MAX = LIMITS.bodyBytesMax / 2;

/** Groups documents, in order, so that each group fits a request; one that is larger by itself is a group of its own. */
export async function* batches(found: AsyncIterable<Found>): AsyncGenerator<Found[]> {
  let batch: Found[] = [];
  let bytes = 0;
  for await (const one of found) {
    const size = Buffer.byteLength(JSON.stringify(one.document));
    if (batch.length === DOCUMENTS_MAX || (batch.length > 0 && bytes + size > BYTES_MAX)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(one);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
