import { eachCollection } from "../check.ts";
import { isWrite, type Operation } from "../operation.ts";
import type { Truth } from "../truth.ts";

/** Writes of unknown outcome that one document may have; with more the possible orders are too many, and it is left out. */
const UNKNOWN_MAX = 8;

/** One operation on a register. A write whose `complete` is infinite may never happen. */
export interface RegisterOperation {
  readonly op: number;
  /** Tries of one request have one name. */
  readonly request: string;
  readonly kind: "read" | "write";
  /** Null: there is no document. */
  readonly value: number | null;
  readonly invoke: number;
  readonly complete: number;
}

/**
 * Writes of a document and strong reads of it by its id are linearizable: a register an id. Judged by the answers alone, without
 * the log's order, as just-in-time linearization.
 *
 * @see Wing, Gong: "Testing and Verifying Concurrent Objects", 1993; Lowe: "Testing for linearizability", 2017
 */
export const linearizable = eachCollection("linearizable", (operations, truth) => {
  const found = foundIds(truth);
  const byFilter = operations.filter(
    ({ kind, outcome }) => kind === "delete-found" && outcome !== "fail",
  );
  const byId = Map.groupBy(
    operations.filter((one) => one.id !== null && (isWrite(one) || isStrongGet(one))),
    ({ id }) => id ?? "",
  );
  return [...byId].flatMap(([id, of]) => {
    const deletions = byFilter.filter(
      ({ position }) => position === null || found.get(id)?.has(position) === true,
    );
    const register = [...of, ...deletions].flatMap(toRegister);
    const wanted = withoutUnread(asRequests(register));
    if (wanted.filter(({ complete }) => complete === Infinity).length > UNKNOWN_MAX) return [];
    const offender = firstOffender(wanted);
    return offender === null
      ? []
      : [{ what: `${id}: no order of its operations explains what was read`, ops: [offender] }];
  });
});

function isStrongGet({ kind, level, outcome }: Operation): boolean {
  return kind === "get" && level === "strong" && outcome === "ok";
}

/** By id: the deletions by filter that name it. */
function foundIds(truth: Truth): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>();
  for (const { entry, position } of truth.written) {
    if (entry.kind !== "delete-found") continue;
    for (const id of entry.ids) found.set(id, (found.get(id) ?? new Set()).add(position));
  }
  return found;
}

function toRegister(operation: Operation): RegisterOperation[] {
  const { op, kind, outcome, value, invoke, complete, hits, idempotencyKey } = operation;
  if (outcome === "fail") return [];
  const common = { op, request: idempotencyKey ?? `op ${op}`, invoke };
  if (kind === "get") return [{ ...common, kind: "read", value: hits[0]?.value ?? null, complete }];
  // What a filter found may have been written to since, so that it stays.
  const certain = outcome === "ok" && kind !== "delete-found";
  return [{ ...common, kind: "write", value, complete: certain ? complete : Infinity }];
}

/** A try and its repetition are one write. */
function asRequests(operations: readonly RegisterOperation[]): RegisterOperation[] {
  const requests = new Map<string, RegisterOperation>();
  for (const one of operations) {
    const known = requests.get(one.request);
    requests.set(one.request, known === undefined ? one : { ...one, ...earliest(known, one) });
  }
  return [...requests.values()];
}

/** What may never have happened, and was never read, explains nothing. */
function withoutUnread(operations: readonly RegisterOperation[]): RegisterOperation[] {
  const read = new Set(operations.flatMap(({ kind, value }) => (kind === "read" ? [value] : [])));
  return operations.filter(
    ({ kind, complete, value }) => kind === "read" || complete !== Infinity || read.has(value),
  );
}

/** A write took place between its first try's beginning and the first answer that says so. */
function earliest(a: RegisterOperation, b: RegisterOperation) {
  return { invoke: Math.min(a.invoke, b.invoke), complete: Math.min(a.complete, b.complete) };
}

/** One way in which what has ended can have happened: the register's value, and what of the operations under way has happened. */
interface Way {
  readonly value: number | null;
  readonly done: readonly number[];
}

/** The operation at whose end no order is left; null for a linearizable history. */
export function firstOffender(operations: readonly RegisterOperation[]): number | null {
  const moments = operations
    .flatMap((one) => [
      { at: one.invoke, ends: false, one },
      ...(one.complete === Infinity ? [] : [{ at: one.complete, ends: true, one }]),
    ])
    .sort((a, b) => a.at - b.at || Number(a.ends) - Number(b.ends));
  const open = new Map<number, RegisterOperation>();
  let ways: readonly Way[] = [{ value: null, done: [] }];
  for (const { ends, one } of moments) {
    if (!ends) {
      open.set(one.op, one);
      continue;
    }
    ways = waysAfter(ways, one, open);
    open.delete(one.op);
    if (ways.length === 0) return one.op;
  }
  return null;
}

/** All ways in which an operation can have happened by its end, after any of those under way. */
function waysAfter(
  ways: readonly Way[],
  ended: RegisterOperation,
  open: ReadonlyMap<number, RegisterOperation>,
): Way[] {
  const after = new Map<string, Way>();
  const seen = new Set<string>();
  const stack = [...ways];
  for (let way = stack.pop(); way !== undefined; way = stack.pop()) {
    const { value, done } = way;
    const key = `${value} ${done.join(",")}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (done.includes(ended.op)) {
      const left = done.filter((op) => op !== ended.op);
      after.set(`${value} ${left.join(",")}`, { value, done: left });
      continue;
    }
    for (const next of open.values()) {
      if (done.includes(next.op) || (next.kind === "read" && next.value !== value)) continue;
      const more = [...done, next.op].sort((a, b) => a - b);
      stack.push({ value: next.value, done: more });
    }
  }
  return [...after.values()];
}
