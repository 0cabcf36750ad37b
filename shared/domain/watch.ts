import { sha256Hex } from "../std/bytes.ts";
import { matches, type FieldValue, type Filter } from "./filter.ts";
import { dotProduct, tieMargin } from "./vector.ts";

/** One ranking of an answer by nearness to a vector. */
export interface WatchedBranch {
  readonly space: string;
  /** Unit length. */
  readonly vector: Float32Array;
  /** The lowest score of the branch's candidates by `dotProduct`; minus infinity where there were fewer than it asked for. */
  readonly tau: number;
}

/** What decides whether a change of a document alters an answer. */
export interface Watched {
  /** `marksOf` every candidate of every branch, and every document that the query is like. */
  readonly marks: Float64Array;
  /** Words were searched: their scores depend on every text of a shard, so that any change alters the answer. */
  readonly words: boolean;
  readonly filter: Filter | null;
  readonly branches: readonly WatchedBranch[];
}

/** What a document is after a change. No passages: it was deleted. */
export interface Change {
  readonly id: string;
  readonly passages: readonly {
    /** Declared fields; null or absent where the document lacks one, or has it of another type. */
    readonly fields: Readonly<Record<string, FieldValue | null>>;
    /** Unit vectors by space; null where it has none. */
    readonly vectors: Readonly<Record<string, Float32Array | null>>;
  }[];
}

/** 48 bits: whole numbers that a double holds. */
const MARK_DIGITS = 12;

/** A document's short name in records: ids have up to 512 bytes. Two that share one drop too much, which is allowed. */
export function documentMark(id: string): number {
  return Number.parseInt(sha256Hex(id).slice(0, MARK_DIGITS), 16);
}

/** Marks of documents, ascending, each once. */
export function marksOf(ids: Iterable<string>): Float64Array {
  return Float64Array.from(new Set(Array.from(ids, documentMark))).sort();
}

/** @param marks ascending */
export function hasMark(marks: Float64Array, mark: number): boolean {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((marks[middle] ?? 0) < mark) low = middle + 1;
    else high = middle;
  }
  return marks[low] === mark;
}

/**
 * Whether a change may alter an answer. An answer is a function of its branches' candidates and of these documents: fusion,
 * grouping, folding, floors and paging read nothing else. So a change of a document leaves it as it is, if the document is
 * none of them and does not become one. Law: false only where the answer comes out the same; true wherever it is in doubt.
 */
export function mayAlter(watched: Watched, { id, passages }: Change): boolean {
  if (watched.words || hasMark(watched.marks, documentMark(id))) return true;
  return watched.branches.some(({ space, vector, tau }) =>
    passages.some(({ fields, vectors }) => {
      const given = vectors[space] ?? null;
      if (given === null) return false;
      return reaches(vector, given, tau) && mayMatch(watched.filter, fields);
    }),
  );
}

/** Whether a passage's vector comes near enough to be among a branch's candidates. */
export function reaches(vector: Float32Array, given: Float32Array, tau: number): boolean {
  // What is not a number is in doubt.
  return !(dotProduct(vector, given) < tau - tieMargin(vector.length));
}

/** Whether a filter lets a passage through, or could: one of its fields is missing, or of another type than the filter's. */
export function mayMatch(
  filter: Filter | null,
  fields: Change["passages"][number]["fields"],
): boolean {
  if (filter === null || matches(filter, fields)) return true;
  return fieldsOf(filter).some(
    (name) => !Object.hasOwn(fields, name) || (fields[name] ?? null) === null,
  );
}

function fieldsOf(filter: Filter): readonly string[] {
  switch (filter.op) {
    case "and":
    case "or":
      return filter.filters.flatMap(fieldsOf);
    case "not":
      return fieldsOf(filter.filter);
    default:
      return [filter.field];
  }
}
