import { MatchQuery, type Table } from "@lancedb/lancedb";
import type { Table as ArrowTable } from "apache-arrow";
import type { Candidate, LexicalQuery, StoreLayout, VectorQuery } from "../ports/store.ts";
import { cells, textCells } from "./lancedb-cells.ts";
import { filterSql } from "./lancedb-filter.ts";
import { COLUMNS, vectorColumn } from "./lancedb-schema.ts";

const PLACE = [COLUMNS.id, COLUMNS.passage, COLUMNS.position];
/** How many times k is scored again exactly; wider walks are worth more: recall@10 0.998 at ef 400. */
const REFINE_FACTOR = 2;
const REFINE_FACTOR_WIDE = 5;
const EF_WIDE = 400;

/** At most `wanted` candidates that have any of the words, in no order. Tombstones have no text. */
export async function matching(
  layout: StoreLayout,
  table: Table,
  { text, filter, bodies }: LexicalQuery,
  wanted: number,
): Promise<Candidate[]> {
  const search = table
    .query()
    .fullTextSearch(new MatchQuery(text, COLUMNS.text))
    .limit(wanted)
    .select([...PLACE, "_score", ...(bodies === true ? [COLUMNS.body] : [])]);
  const result = await (
    filter === null ? search : search.where(filterSql(layout, filter))
  ).toArrow();
  return readCandidates(result, "_score", bodies === true, Number);
}

/**
 * At most `wanted` candidates, in no order. Tombstones have no vectors, so they are never found.
 *
 * @param ef breadth of the walk through the graph; null for a scan
 */
export async function nearest(
  layout: StoreLayout,
  table: Table,
  query: VectorQuery,
  wanted: number,
  ef: number | null,
): Promise<Candidate[]> {
  let search = table
    .query()
    .nearestTo(query.vector)
    .column(vectorColumn(query.space))
    .distanceType("cosine")
    .limit(wanted)
    // Without `_distance` here LanceDB writes a warning for each query.
    .select([...PLACE, "_distance", ...(query.bodies === true ? [COLUMNS.body] : [])]);
  if (query.filter !== null) search = search.where(filterSql(layout, query.filter));
  const refine = ef !== null && ef >= EF_WIDE ? REFINE_FACTOR_WIDE : REFINE_FACTOR;
  search =
    ef === null
      ? search.bypassVectorIndex()
      : search.ef(Math.max(ef, refine * wanted)).refineFactor(refine);
  const result = await search.toArrow();
  return readCandidates(result, "_distance", query.bodies === true, (distance) =>
    Math.max(-1, Math.min(1, 1 - Number(distance))),
  );
}

function readCandidates(
  result: ArrowTable,
  measure: "_distance" | "_score",
  bodies: boolean,
  similarityOf: (measured: unknown) => number,
): Candidate[] {
  const id = textCells(result, COLUMNS.id);
  const passage = cells(result, COLUMNS.passage);
  const position = cells(result, COLUMNS.position);
  const measured = cells(result, measure);
  const body = bodies ? textCells(result, COLUMNS.body) : null;
  return Array.from({ length: result.numRows }, (_, i) => ({
    id: String(id(i)),
    passage: Number(passage(i)),
    position: Number(position(i)),
    similarity: similarityOf(measured(i)),
    ...(body === null ? {} : { body: String(body(i)) }),
  }));
}
