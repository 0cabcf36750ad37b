import { RowBody } from "../../shared/contracts/log-entry.ts";
import type { RegionDocument, RegionHit } from "../../shared/contracts/region-event.ts";
import { shardOf } from "../../shared/domain/ring.ts";
import type { OpenedRead } from "../freshness/reader.ts";
import type { StoredRow } from "../ports/store.ts";

/** Rows of documents, by id: one call a shard that holds any of them. */
export async function fetchDocuments(
  { ring, view }: Pick<OpenedRead, "ring" | "view">,
  ids: readonly string[],
  include: { readonly vectors: boolean },
  signal: AbortSignal,
): Promise<Map<string, StoredRow[]>> {
  const byShard = Map.groupBy(ids, (id) => shardOf(ring, id));
  const lists = await Promise.all(
    [...byShard].map(([shard, of]) => view.documents(shard, of, include, signal)),
  );
  return Map.groupBy(lists.flat(), (row) => row.id);
}

/** A hit's payload: the document's, with the passage that matched best. */
export function toPayload(
  row: Pick<StoredRow, "id" | "passage" | "body">,
): Pick<RegionHit, "title" | "passage" | "metadata" | "media"> {
  const { title, passage, span, metadata, media } = readBody(row);
  return {
    ...(title === undefined ? {} : { title }),
    ...(passage === undefined || span === undefined
      ? {}
      : { passage: { index: row.passage, text: passage, span } }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(media === undefined ? {} : { media }),
  };
}

/** A document, from its first passage's row. */
export function toDocument(row: StoredRow): RegionDocument {
  const { title, document, metadata, media } = readBody(row);
  return {
    id: row.id,
    ...(title === undefined ? {} : { title }),
    ...(document === undefined ? {} : { text: document }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(media === undefined ? {} : { media }),
    position: row.position,
  };
}

function readBody(row: Pick<StoredRow, "body">): RowBody {
  return RowBody.parse(JSON.parse(row.body));
}
