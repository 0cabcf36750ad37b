import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { LogEntry, LoggedPassage } from "../../shared/contracts/log-entry.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { encodeVector, toBase64 } from "../../shared/std/bytes.ts";
import { blobName } from "../media/blob-name.ts";
import type { BlobStore } from "../ports/blobs.ts";
import { textsToEmbed, type PreparedDocument } from "../write/prepare.ts";
import type { StoredDocument } from "./unfilled-documents.ts";

type PutEntry = Extract<LogEntry, { kind: "put" }>;

/**
 * A stored document as it goes to the models again: its passages as they were split, so that no vector of another space moves.
 * @param record with the spaces that are to be filled, and no others
 * @throws Problem `not-found` where its picture is gone
 */
export async function preparedAgain(
  blobs: BlobStore,
  record: CollectionRecord,
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
      : await blobs.get(blobName(record.tenant, media.hash, "original"), signal);
  if (blob === null) throw new Problem("not-found", `The picture of document ${id} is gone.`);
  return {
    id,
    input,
    passages,
    textsToEmbed: textsToEmbed(record, input, passages, {}),
    picture: blob === undefined ? null : toBase64(blob.bytes),
    given: {},
  };
}

/** A stored document as it is: the write that would change nothing of it, for the position that it has. */
export function writtenAgain(stored: StoredDocument, createdBy: string): PutEntry {
  const { title, document, metadata, media } = stored.rows[0]?.body ?? {};
  return {
    v: 1,
    kind: "put",
    id: stored.id,
    ...(title === undefined ? {} : { title }),
    ...(document === undefined ? {} : { text: document }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(media === undefined ? {} : { media }),
    passages: passagesWith(stored, []),
    ifPosition: stored.position,
    createdBy,
  };
}

/**
 * The write that adds new vectors to a document, and changes nothing else of it.
 * @param made the document as `embedDocuments` logs it, with vectors of the spaces that are filled
 */
export function filledEntry(stored: StoredDocument, made: PutEntry): PutEntry {
  return {
    ...writtenAgain(stored, made.createdBy),
    passages: passagesWith(stored, made.passages),
  };
}

/** The stored passages with their vectors, and such vectors as they lack. */
function passagesWith({ rows }: StoredDocument, made: readonly LoggedPassage[]): LoggedPassage[] {
  const count = Math.max(rows.length, made.length);
  return Array.from({ length: count }, (_, i): LoggedPassage => {
    const stored = rows[i];
    const held = Object.entries(stored?.row.vectors ?? {}).flatMap(([space, vector]) =>
      vector === null ? [] : [[space, encodeVector(vector)]],
    );
    const { passage, span } = stored?.body ?? {};
    return {
      ...(passage === undefined ? {} : { text: passage }),
      ...(span === undefined ? {} : { span }),
      vectors: { ...made[i]?.vectors, ...Object.fromEntries(held) },
    };
  });
}
