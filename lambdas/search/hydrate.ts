import { RowBody } from "../../shared/contracts/log-entry.ts";
import type { RegionDocument, RegionHit } from "../../shared/contracts/region-event.ts";
import { shardsOfId } from "../../shared/domain/shard-map.ts";
import type { OpenedRead } from "../freshness/reader.ts";
import type { StoredRow, StoreView } from "../ports/store.ts";

/**
 * Rows of documents, by id: one call a shard that may hold any of them. A document lies on one shard: those that are slow or fail are not
 * waited for once all are found.
 *
 * @throws what a shard failed with that may hold one that was not found
 */
export async function fetchDocuments(
  { placement, view }: Pick<OpenedRead, "placement" | "view">,
  ids: readonly string[],
  include: { readonly vectors: boolean },
  signal: AbortSignal,
): Promise<Map<string, StoredRow[]>> {
  const wanted = ids.flatMap((id) => shardsOfId(placement, id).map((shard) => ({ id, shard })));
  const found = new Map<string, StoredRow[]>();
  const running = new Map(
    [...Map.groupBy(wanted, ({ shard }) => shard)].map(([shard, of]) => {
      const asked = of.map(({ id }) => id);
      return [shard, settled(shard, view.documents(shard, asked, include, signal))] as const;
    }),
  );
  let failed: Settled | null = null;
  while (running.size > 0 && !ids.every((id) => found.has(id))) {
    const one = await Promise.race(running.values());
    running.delete(one.shard);
    if (one.rows === null) failed = one;
    for (const [id, rows] of Map.groupBy(one.rows ?? [], (row) => row.id)) found.set(id, rows);
  }
  if (failed !== null && !ids.every((id) => found.has(id))) throw failed.error;
  return found;
}

/** `rows` null: the shard failed. */
interface Settled {
  readonly shard: number;
  readonly rows: readonly StoredRow[] | null;
  readonly error: unknown;
}

async function settled(shard: number, asked: Promise<readonly StoredRow[]>): Promise<Settled> {
  try {
    return { shard, rows: await asked, error: null };
  } catch (error) {
    return { shard, rows: null, error };
  }
}

/** Rows of documents whose shards are known, by id. */
export async function fetchFrom(
  view: StoreView,
  wanted: readonly { readonly id: string; readonly shard: number }[],
  include: { readonly vectors: boolean },
  signal: AbortSignal,
): Promise<Map<string, StoredRow[]>> {
  const byShard = Map.groupBy(wanted, ({ shard }) => shard);
  const lists = await Promise.all(
    [...byShard].map(([shard, of]) => {
      const ids = new Set(of.map(({ id }) => id));
      return view.documents(shard, [...ids], include, signal);
    }),
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
