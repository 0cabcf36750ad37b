import fc from "fast-check";
import { parseFilter, type WireFilter } from "../../shared/contracts/filter.ts";
import { compareCodePoints } from "../../shared/domain/candidate-order.ts";
import { readFields } from "../../shared/domain/field-value.ts";
import { matches, type Filter } from "../../shared/domain/filter.ts";
import type { DocumentState, StoreView, VectorStore } from "../../lambdas/ports/store.ts";
import { FILTER_FIELDS, metadataArb, wireFilterArb } from "./filter-arbitraries.ts";
import { HOSTILE } from "./hostile-texts.ts";
import { away, deadline, document, prepared } from "./store-rows.ts";

export interface FilterRun {
  readonly filters: number;
  readonly documents: number;
  readonly seed: number;
}

export interface Mismatch {
  readonly read: "scan" | "count" | "search" | "documents";
  readonly filter: WireFilter;
  readonly expected: readonly string[] | number;
  readonly found: readonly string[] | number;
}

export interface Differential {
  readonly filters: number;
  /** Filters that no document, or every one, passes: too many of these would show nothing. */
  readonly none: number;
  readonly all: number;
  readonly mismatches: readonly Mismatch[];
}

/** Searched with every so many filters: a search reads more than a scan does. */
const SEARCH_EVERY = 5;
/** Ids asked for with each filter. */
const IDS_ASKED = 3;

/**
 * Asks a store what random filters find, over documents whose ids and metadata are hostile, and the evaluator in memory the
 * same. Filters and metadata start in the form in which they travel. The same seed asks the same.
 */
export async function compareFilters(store: VectorStore, run: FilterRun): Promise<Differential> {
  const { apply, view } = await prepared(store);
  const documents = hostileDocuments(run);
  await apply(documents);
  const shown = await view();
  const wires = fc.sample(wireFilterArb, { numRuns: run.filters, seed: run.seed + 1 });
  const mismatches: Mismatch[] = [];
  let asked = 0;
  let none = 0;
  let all = 0;
  for (const [i, wire] of wires.entries()) {
    const filter = parseFilter(wire, FILTER_FIELDS);
    if (!store.traits.substrings && filter !== null && asksForParts(filter)) continue;
    asked += 1;
    const expected = documents
      .filter(({ rows: [first] }) => filter === null || matches(filter, first?.fields ?? {}))
      .map(({ id }) => id);
    if (expected.length === 0) none += 1;
    if (expected.length === documents.length) all += 1;
    mismatches.push(...(await compareReads(shown, documents, wire, filter, expected, i)));
  }
  return { filters: asked, none, all, mismatches };
}

/** Whether a filter looks for a part of a text, which not every store can. */
function asksForParts(filter: Filter): boolean {
  switch (filter.op) {
    case "and":
    case "or":
      return filter.filters.some(asksForParts);
    case "not":
      return asksForParts(filter.filter);
    default:
      return filter.op === "contains" || filter.op === "lacks";
  }
}

/** In the order of a scan and of a search from `away(0)`. */
function hostileDocuments({ documents, seed }: FilterRun): DocumentState[] {
  const metadata = fc.sample(metadataArb, { numRuns: documents, seed });
  const ids = Array.from({ length: documents }, (_, i) => HOSTILE[i] ?? `r${i}`);
  return ids.toSorted(compareCodePoints).map((id, i) =>
    document(id, 1, {
      fields: readFields(metadata[i], FILTER_FIELDS),
      vectors: { text: away((i * 10) / documents) },
    }),
  );
}

async function compareReads(
  shown: StoreView,
  documents: readonly DocumentState[],
  wire: WireFilter,
  filter: Filter | null,
  expected: readonly string[],
  index: number,
): Promise<Mismatch[]> {
  const mismatches: Mismatch[] = [];
  const compare = <T extends readonly string[] | number>(
    read: Mismatch["read"],
    wanted: T,
    found: T,
  ) => {
    if (JSON.stringify(found) !== JSON.stringify(wanted))
      mismatches.push({ read, filter: wire, expected: wanted, found });
  };
  const scanned = await shown.scan(0, null, documents.length, filter, deadline());
  compare("scan", expected, idsOf(scanned));
  if (index % SEARCH_EVERY !== 0) return mismatches;
  compare("count", expected.length, await shown.count(0, filter, deadline()));
  const query = { shard: 0, space: "text", vector: away(0), k: documents.length, filter };
  compare("search", expected, idsOf((await shown.search(query, deadline())).candidates));
  const first = index % documents.length;
  const asked = documents.slice(first, first + IDS_ASKED).map(({ id }) => id);
  const given = await shown.documents(
    0,
    [...asked, "' or 1=1 -- "],
    { vectors: false },
    deadline(),
  );
  compare("documents", asked, idsOf(given));
  return mismatches;
}

function idsOf(rows: readonly { readonly id: string }[]): string[] {
  return rows.map(({ id }) => id);
}
