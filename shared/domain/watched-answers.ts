import { assert, required } from "../std/assert.ts";
import { tieMargin } from "./vector.ts";
import { documentMark, mayMatch, type Change, type Watched } from "./watch.ts";

/** An answer on the list. */
interface Entry {
  readonly id: string;
  readonly watched: Watched;
}

/** The branches of one space, as rows of a matrix. */
interface Rows {
  readonly dimension: number;
  /** Row-major; grows by doubling. */
  matrix: Float32Array;
  /** By row: the least score that alters the answer, and whose row it is. */
  bounds: Float64Array;
  owners: Entry[];
}

const ROWS_MIN = 64;

/**
 * Watched answers, laid out so that a batch of changes is tested against all of them in one pass: `mayAlter` of each, as a
 * product of matrices.
 */
export class WatchedAnswers {
  readonly #entries = new Map<string, Entry>();
  /** Nearly every mark is of one answer: a list for each would cost more than all else here. */
  readonly #byMark = new Map<number, Entry | Entry[]>();
  readonly #words = new Set<Entry>();
  readonly #spaces = new Map<string, Rows>();

  get size(): number {
    return this.#entries.size;
  }

  /** Rows of branches of all spaces together: what a vector of each space is multiplied with. */
  get rows(): number {
    return [...this.#spaces.values()].reduce((sum, { owners }) => sum + owners.length, 0);
  }

  /** A known id's record is replaced. */
  add(id: string, watched: Watched): void {
    this.remove([id]);
    const entry = { id, watched };
    this.#entries.set(id, entry);
    if (watched.words) this.#words.add(entry);
    for (const mark of watched.marks) {
      const of = this.#byMark.get(mark);
      if (Array.isArray(of)) of.push(entry);
      else this.#byMark.set(mark, of === undefined ? entry : [of, entry]);
    }
    for (const { space, vector, tau } of watched.branches) {
      const rows = this.#rowsOf(space, vector.length);
      const row = rows.owners.length;
      if (row === rows.bounds.length) grow(rows);
      rows.matrix.set(vector, row * rows.dimension);
      rows.bounds[row] = tau - tieMargin(rows.dimension);
      rows.owners.push(entry);
    }
  }

  remove(ids: Iterable<string>): void {
    const gone = new Set<Entry>();
    for (const id of ids) {
      const entry = this.#entries.get(id);
      if (entry === undefined) continue;
      gone.add(entry);
      this.#entries.delete(id);
      this.#words.delete(entry);
      for (const mark of entry.watched.marks) {
        const of = this.#byMark.get(mark);
        const others = Array.isArray(of) ? of.filter((one) => one !== entry) : [];
        if (others.length === 0) this.#byMark.delete(mark);
        else this.#byMark.set(mark, others);
      }
    }
    if (gone.size > 0) for (const rows of this.#spaces.values()) removeRows(rows, gone);
  }

  /** Ids of the answers that some of the changes may alter. */
  altered(changes: readonly Change[]): Set<string> {
    const found = new Set<Entry>(changes.length === 0 ? [] : this.#words);
    for (const { id, passages } of changes) {
      for (const entry of [this.#byMark.get(documentMark(id)) ?? []].flat()) found.add(entry);
      for (const { fields, vectors } of passages) {
        for (const [space, vector] of Object.entries(vectors)) {
          const rows = this.#spaces.get(space);
          if (rows === undefined || vector === null) continue;
          for (const entry of reached(rows, vector, found))
            if (mayMatch(entry.watched.filter, fields)) found.add(entry);
        }
      }
    }
    return new Set([...found].map(({ id }) => id));
  }

  #rowsOf(space: string, dimension: number): Rows {
    const known = this.#spaces.get(space);
    if (known !== undefined) {
      assert(known.dimension === dimension, "a space has one dimension");
      return known;
    }
    const rows: Rows = {
      dimension,
      matrix: new Float32Array(ROWS_MIN * dimension),
      bounds: new Float64Array(ROWS_MIN),
      owners: [],
    };
    this.#spaces.set(space, rows);
    return rows;
  }
}

function grow(rows: Rows): void {
  const matrix = new Float32Array(2 * rows.matrix.length);
  matrix.set(rows.matrix);
  const bounds = new Float64Array(2 * rows.bounds.length);
  bounds.set(rows.bounds);
  rows.matrix = matrix;
  rows.bounds = bounds;
}

/** The last row takes the place of one that goes. */
function removeRows(rows: Rows, gone: ReadonlySet<Entry>): void {
  const { matrix, bounds, owners, dimension } = rows;
  for (let row = owners.length - 1; row >= 0; row--) {
    const owner = owners[row];
    if (owner === undefined || !gone.has(owner)) continue;
    const last = owners.length - 1;
    matrix.copyWithin(row * dimension, last * dimension, (last + 1) * dimension);
    bounds[row] = bounds[last] ?? 0;
    owners[row] = required(owners[last], "there is a last row");
    owners.pop();
  }
}

/** The owners, not found yet, of the rows to which a vector is near enough. `dotProduct`, without a view a row. */
function reached(rows: Rows, vector: Float32Array, found: ReadonlySet<Entry>): Entry[] {
  const { matrix, bounds, owners, dimension } = rows;
  const near: Entry[] = [];
  if (vector.length !== dimension) return [...owners]; // In doubt.
  const whole = dimension - (dimension % 4);
  for (let row = 0, at = 0; row < owners.length; row++, at += dimension) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let i = 0;
    for (; i < whole; i += 4) {
      s0 += (matrix[at + i] ?? 0) * (vector[i] ?? 0);
      s1 += (matrix[at + i + 1] ?? 0) * (vector[i + 1] ?? 0);
      s2 += (matrix[at + i + 2] ?? 0) * (vector[i + 2] ?? 0);
      s3 += (matrix[at + i + 3] ?? 0) * (vector[i + 3] ?? 0);
    }
    for (; i < dimension; i++) s0 += (matrix[at + i] ?? 0) * (vector[i] ?? 0);
    // Written so that what is not a number counts as near.
    if (s0 + s1 + s2 + s3 < (bounds[row] ?? 0)) continue;
    const owner = owners[row];
    if (owner !== undefined && !found.has(owner)) near.push(owner);
  }
  return near;
}
