import type { LaidOutCollection } from "../../shared/contracts/collection.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { toBase64 } from "../../shared/std/bytes.ts";
import type { StoredDocument } from "../document/stored-document.ts";
import { blobName } from "../media/blob-name.ts";
import type { BlobStore } from "../ports/blobs.ts";
import { textsToEmbed, type PreparedDocument } from "../write/prepare.ts";

/**
 * A stored document as it goes to the models again: its passages as they were split, so that no vector of another space moves.
 * @param collection with the spaces that are to be filled, and no others
 * @throws Problem `not-found` where its picture is gone
 */
export async function preparedAgain(
  blobs: BlobStore,
  collection: LaidOutCollection,
  { id, rows }: StoredDocument,
  signal: AbortSignal,
): Promise<PreparedDocument> {
  const first = rows[0]?.body ?? {};
  const input = {
    ...(first.title === undefined ? {} : { title: first.title }),
    ...(first.document === undefined ? {} : { text: first.document }),
    ...(first.metadata === undefined ? {} : { metadata: first.metadata }),
  };
  const passages = rows.flatMap(({ body: { passage, span } }) =>
    passage === undefined ? [] : [{ text: passage, start: span?.start ?? 0, end: span?.end ?? 0 }],
  );
  const { media } = first;
  const blob =
    media === undefined
      ? undefined
      : await blobs.get(blobName(collection.tenant, media.hash, "original"), signal);
  if (blob === null) throw new Problem("not-found", `The picture of document ${id} is gone.`);
  return {
    id,
    input,
    passages,
    textsToEmbed: textsToEmbed(collection, input, passages, {}),
    picture: blob === undefined ? null : toBase64(blob.bytes),
    given: {},
  };
}
