import type { LogEntry, LoggedPassage } from "../../shared/contracts/log-entry.ts";
import { encodeVector } from "../../shared/std/bytes.ts";
import type { StoredDocument } from "./stored-document.ts";

type PutEntry = Extract<LogEntry, { kind: "put" }>;

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
