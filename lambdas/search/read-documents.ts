import type { z } from "zod";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { utf8Length } from "../../shared/std/bytes.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { parseFilter } from "../../shared/contracts/filter.ts";
import type {
  CountEvent,
  CountResult,
  DocumentsResult,
  GetEvent,
  ListEvent,
  RegionDocument,
} from "../../shared/contracts/region-event.ts";
import { compareCodePoints } from "../../shared/domain/candidate-order.ts";
import type { Filter } from "../../shared/domain/filter.ts";
import { planShards } from "../../shared/domain/plan-shards.ts";
import type { OpenedRead, Reader } from "../freshness/reader.ts";
import { fetchDocuments, toDocument } from "./hydrate.ts";

/** Documents by id, in the asked order; unknown ids are left out. */
export async function getDocuments(
  reader: Pick<Reader, "open">,
  record: CollectionRecord,
  event: z.output<typeof GetEvent>,
  signal: AbortSignal,
): Promise<z.output<typeof DocumentsResult>> {
  const opened = await reader.open(record, event.freshness, signal);
  const rows = await fetchDocuments(opened, [...new Set(event.ids)], { vectors: false }, signal);
  const documents = event.ids.flatMap((id) => {
    const first = rows.get(id)?.[0];
    return first === undefined ? [] : [toDocument(first)];
  });
  if (fitting(documents).length < documents.length)
    throw new Problem(
      "limit-exceeded",
      "These documents are too large for one reply: ask for fewer.",
    );
  return { kind: "documents", served: opened.served, documents, next: null };
}

/** A page of documents by id, in code point order over all shards. */
export async function listDocuments(
  reader: Pick<Reader, "open">,
  record: CollectionRecord,
  event: z.output<typeof ListEvent>,
  signal: AbortSignal,
): Promise<z.output<typeof DocumentsResult>> {
  const { opened, filter, shards } = await openFiltered(reader, record, event, signal);
  const pages = await Promise.all(
    shards.map((shard) => opened.view.scan(shard, event.after, event.limit, filter, signal)),
  );
  const merged = pages
    .flat()
    .sort((a, b) => compareCodePoints(a.id, b.id))
    .slice(0, event.limit);
  const documents = fitting(merged.map(toDocument));
  const last = documents.at(-1);
  const more = documents.length < merged.length || merged.length === event.limit;
  return {
    kind: "documents",
    served: opened.served,
    documents,
    next: more && last !== undefined ? last.id : null,
  };
}

export async function countDocuments(
  reader: Pick<Reader, "open">,
  record: CollectionRecord,
  event: z.output<typeof CountEvent>,
  signal: AbortSignal,
): Promise<z.output<typeof CountResult>> {
  const { opened, filter, shards } = await openFiltered(reader, record, event, signal);
  const counts = await Promise.all(shards.map((shard) => opened.view.count(shard, filter, signal)));
  return {
    kind: "count",
    served: opened.served,
    count: counts.reduce((sum, count) => sum + count, 0),
  };
}

/** The collection's shards, opened once the filter is known to fit its fields. */
async function openFiltered(
  reader: Pick<Reader, "open">,
  record: CollectionRecord,
  event: z.output<typeof ListEvent> | z.output<typeof CountEvent>,
  signal: AbortSignal,
): Promise<{ opened: OpenedRead; filter: Filter | null; shards: readonly number[] }> {
  const filter = parseFilter(event.filter ?? undefined, record.fields);
  const opened = await reader.open(record, event.freshness, signal);
  return { opened, filter, shards: planShards(opened.placement, filter).asked };
}

/** As many documents, from the first on, as one reply can hold; at least one. */
function fitting(documents: readonly RegionDocument[]): RegionDocument[] {
  let bytes = 0;
  return documents.filter((document, i) => {
    bytes += utf8Length(JSON.stringify(document));
    return i === 0 || bytes <= LIMITS.replyBytesMax;
  });
}
