import type { LaidOutCollection } from "../../shared/contracts/collection.ts";
import { digestFor } from "../../shared/contracts/space.ts";
import type { StoredMedia } from "../../shared/contracts/document.ts";
import type { LogEntry, LoggedPassage } from "../../shared/contracts/log-entry.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { encodeVector, fromBase64, sha256Hex } from "../../shared/std/bytes.ts";
import { blobName } from "../media/blob-name.ts";
import type { BlobStore } from "../ports/blobs.ts";
import type { SeenPicture } from "../ports/embedder.ts";
import { embedTexts, type EmbedTextsDeps } from "./embed-texts.ts";
import type { PreparedDocument } from "./prepare.ts";
import { rowVectors } from "./space-vectors.ts";

export interface EmbedDocumentsDeps extends EmbedTextsDeps {
  readonly blobs: BlobStore;
}

/**
 * Embeds documents and keeps their pictures, outside of any lock. One refused picture refuses the request: nothing is logged.
 * @returns one log entry a document, in order
 */
export async function embedDocuments(
  deps: EmbedDocumentsDeps,
  record: LaidOutCollection,
  documents: readonly PreparedDocument[],
  createdBy: string,
  signal: AbortSignal,
): Promise<LogEntry[]> {
  const [texts, pictures] = await Promise.all([
    textVectors(deps, record, documents, signal),
    embedPictures(deps, record, documents, signal),
  ]);
  const media = await Promise.all(
    documents.map((document, i) => {
      const seen = pictures[i]?.seen;
      return document.picture === null || seen === undefined
        ? undefined
        : keepPicture(deps.blobs, record.tenant, document.picture, seen, signal);
    }),
  );
  return documents.map((document, i) => {
    const { id, input } = document;
    return {
      v: 1,
      kind: "put",
      id,
      ...(input.title === undefined ? {} : { title: input.title }),
      ...(input.text === undefined ? {} : { text: input.text }),
      ...(input.metadata === undefined ? {} : { metadata: input.metadata }),
      ...(media[i] === undefined ? {} : { media: media[i] }),
      passages: passagesOf(record, document, texts[i] ?? [], pictures[i]?.vector ?? null),
      ...(input.ifPosition === undefined ? {} : { ifPosition: input.ifPosition }),
      createdBy,
    };
  });
}

/** A row a passage, and one more for a picture that has no passage's place in a space. */
function passagesOf(
  record: LaidOutCollection,
  { passages, given }: PreparedDocument,
  texts: readonly Float32Array[],
  picture: Float32Array | null,
): LoggedPassage[] {
  const bySpace = Object.entries(record.spaces).map(([name, space]) => ({
    name,
    rows: rowVectors(space, { texts, picture, given: given[name] ?? null }),
  }));
  const count = Math.max(1, passages.length, ...bySpace.map(({ rows }) => rows.length));
  return Array.from({ length: count }, (_, index) => {
    const vectors: Record<string, string> = {};
    for (const { name, rows } of bySpace) {
      const vector = rows[index];
      if (vector !== null && vector !== undefined) vectors[name] = encodeVector(vector);
    }
    const passage = passages[index];
    return passage === undefined
      ? { vectors }
      : { text: passage.text, span: { start: passage.start, end: passage.end }, vectors };
  });
}

async function textVectors(
  deps: EmbedDocumentsDeps,
  record: LaidOutCollection,
  documents: readonly PreparedDocument[],
  signal: AbortSignal,
): Promise<Float32Array[][]> {
  const texts = documents.flatMap(({ textsToEmbed }) => textsToEmbed);
  if (texts.length === 0) return documents.map(() => []);
  const { vectors, digest } = await embedTexts(deps, texts, signal);
  checkDigest(record, "text", digest);
  let next = 0;
  return documents.map(({ textsToEmbed: { length } }) => {
    next += length;
    return vectors.slice(next - length, next);
  });
}

async function embedPictures(
  deps: EmbedDocumentsDeps,
  record: LaidOutCollection,
  documents: readonly PreparedDocument[],
  signal: AbortSignal,
) {
  const indexes = documents.flatMap(({ picture }, i) => (picture === null ? [] : [i]));
  const results: ({ vector: Float32Array; seen: SeenPicture } | undefined)[] = documents.map(
    () => undefined,
  );
  if (indexes.length === 0) return results;
  const inputs = indexes.map((i) => ({ image: documents[i]?.picture ?? "" }));
  const { vectors, refused, pictures, digest } = await deps.embedder.embed(
    "image",
    inputs,
    { thumbnails: true },
    signal,
  );
  const [first] = refused;
  if (first !== undefined) {
    const code = first.code === "unsupported-media-type" ? first.code : "media-rejected";
    const errors = refused.map(({ index, message }) => ({
      pointer: `/documents/${indexes[index] ?? 0}/image`,
      message,
    }));
    throw new Problem(code, `${first.message} Nothing was written.`, { errors });
  }
  checkDigest(record, "image", digest);
  for (const [at, i] of indexes.entries()) {
    const [vector, seen] = [vectors[at], pictures[at]];
    if (vector === null || vector === undefined || seen === null || seen === undefined) {
      throw new Problem("embedder-unavailable", "The embedder left out a picture.");
    }
    results[i] = { vector, seen };
  }
  return results;
}

/** Vectors of two models must never meet in one space. */
function checkDigest(record: LaidOutCollection, model: "text" | "image", digest: string): void {
  for (const [name, space] of Object.entries(record.spaces)) {
    const pinned = digestFor(space, model);
    if (pinned !== null && pinned !== digest) {
      throw new Problem(
        "model-mismatch",
        `Space ${name} was filled by other weights than this region's embedder has.`,
      );
    }
  }
}

async function keepPicture(
  blobs: BlobStore,
  tenant: string,
  base64: string,
  seen: SeenPicture,
  signal: AbortSignal,
): Promise<StoredMedia> {
  const bytes = fromBase64(base64);
  const thumbnail = fromBase64(seen.thumbnail);
  if (bytes === null || thumbnail === null)
    throw new Problem("media-rejected", "The picture is not base64. Nothing was written.");
  const hash = sha256Hex(bytes);
  await Promise.all([
    blobs.put(blobName(tenant, hash, "original"), bytes, seen.type, signal),
    blobs.put(blobName(tenant, hash, "thumbnail"), thumbnail, "image/webp", signal),
  ]);
  return { hash, type: seen.type, width: seen.width, height: seen.height };
}
