import { eachCollection } from "../check.ts";
import { isWrite, type Operation } from "../operation.ts";
import type { Truth } from "../truth.ts";

/**
 * One position an idempotency key; what was acknowledged counts once, what is unknown at most once, what failed never. Writes of
 * documents are told by their values; deletions have none, so of those the unknown ones are counted.
 */
export const once = eachCollection("once", (operations, truth) => [
  ...positionsOfKeys(operations),
  ...valuesWritten(operations, truth),
  ...deletionsWritten(operations, truth),
]);

/** Tries of one request: its key is its own within a session's tenant. */
function byKey(operations: readonly Operation[]): Map<string, Operation[]> {
  return Map.groupBy(
    operations.filter(({ idempotencyKey }) => idempotencyKey !== null),
    ({ idempotencyKey }) => idempotencyKey ?? "",
  );
}

function* positionsOfKeys(operations: readonly Operation[]) {
  for (const [key, tries] of byKey(operations)) {
    const told = tries.filter(({ outcome, position }) => outcome === "ok" && position !== null);
    const positions = new Set(told.map(({ position }) => position));
    if (positions.size > 1)
      yield {
        what: `the key ${key} was told the positions ${[...positions].join(" and ")}`,
        ops: told.map(({ op }) => op),
      };
  }
}

function* valuesWritten(operations: readonly Operation[], truth: Truth) {
  const counted = new Map<number, number>();
  for (const { entry, counts } of truth.written) {
    const value = entry.kind === "put" && counts ? entry.metadata?.["w"] : undefined;
    if (typeof value === "number") counted.set(value, (counted.get(value) ?? 0) + 1);
  }
  const tries = Map.groupBy(
    operations.filter(({ value }) => value !== null),
    ({ value }) => value ?? 0,
  );
  for (const [value, of] of tries) {
    const times = counted.get(value) ?? 0;
    const ops = of.map(({ op }) => op);
    if (times > 1) yield { what: `value ${value} was written ${times} times`, ops };
    if (times > 0 && of.every(({ outcome }) => outcome === "fail"))
      yield { what: `value ${value} was refused, and is written`, ops };
  }
  for (const value of counted.keys())
    if (!tries.has(value))
      yield { what: `nobody of this collection wrote value ${value}`, ops: [] };
}

function* deletionsWritten(operations: readonly Operation[], truth: Truth) {
  const deletions = operations.filter(({ kind }) => kind === "delete" || kind === "delete-found");
  const nameOf = (kind: string, id: string | null) =>
    kind === "delete" ? `of ${id}` : "by filter";
  const left = new Map<string, number>();
  const add = (name: string, count: number) => left.set(name, (left.get(name) ?? 0) + count);
  for (const { entry } of truth.written)
    if (entry.kind === "delete" || entry.kind === "delete-found")
      add(nameOf(entry.kind, entry.kind === "delete" ? entry.id : null), 1);
  for (const tries of byKey(deletions.filter(isWrite)).values()) {
    const [first] = tries;
    if (first !== undefined && tries.some(({ outcome }) => outcome !== "fail"))
      add(nameOf(first.kind, first.id), -1);
  }
  for (const [name, count] of left)
    if (count > 0)
      yield { what: `the log has ${count} deletions ${name} more than were asked for`, ops: [] };
}
