import type { ContentCursor, ContentPart } from "../../shared/contracts/content-part.ts";
import { ContentDigest } from "../../shared/domain/content-digest.ts";

/** All that a region shows of a collection at a point, as far as it is compared. */
export interface WholeContent {
  readonly schemaVersion: number;
  readonly documents: number;
  readonly digest: string;
}

/** Reads part after part. @returns null where one can't be read at the point */
export async function wholeContent(
  read: (from: ContentCursor | null) => Promise<ContentPart | null>,
): Promise<WholeContent | null> {
  const digest = new ContentDigest();
  let documents = 0;
  let from: ContentCursor | null = null;
  for (;;) {
    const part: ContentPart | null = await read(from);
    if (part === null) return null;
    digest.addDigest(part.digest);
    documents += part.documents;
    from = part.next;
    if (from === null)
      return { schemaVersion: part.schemaVersion, documents, digest: digest.hex() };
  }
}
