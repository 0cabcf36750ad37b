import { nextChain, originPoint } from "../../../shared/domain/point.ts";
import { sha256Hex } from "../../../shared/std/bytes.ts";
import { eachCollection } from "../check.ts";
import { isWrite, type Operation } from "../operation.ts";
import type { Truth } from "../truth.ts";

/** Positions are dense, digests and chain right, terms never fall; of two writes one after the other the later has the higher position. */
export const logOrder = eachCollection("log-order", (operations, truth) => [
  ...ofLine(truth),
  ...ofTime(operations),
]);

function* ofLine({ incarnation, entries }: Truth) {
  let { position, term, chain } = { ...originPoint(incarnation, 1), term: 0 };
  for (const entry of entries) {
    const at = `position ${entry.position}`;
    if (entry.position !== position + 1) yield { what: `${at} follows ${position}`, ops: [] };
    if (entry.term < term) yield { what: `term ${entry.term} follows ${term} at ${at}`, ops: [] };
    if (sha256Hex(entry.json) !== entry.digest)
      yield { what: `${at} does not have its digest`, ops: [] };
    if (nextChain(chain, entry.digest) !== entry.chain)
      yield { what: `the chain breaks at ${at}`, ops: [] };
    ({ position, term, chain } = entry);
  }
}

/** A request as its tries show it: it was appended between its first try's beginning and any answer that tells the position. */
interface Placed {
  readonly position: number;
  readonly invoke: number;
  readonly complete: number;
  readonly op: number;
}

function* ofTime(operations: readonly Operation[]) {
  const byPosition = Map.groupBy(placedWrites(operations), ({ position }) => position);
  /** Of those with a higher position the one that ended first. */
  let ended: Placed | null = null;
  for (const position of [...byPosition.keys()].toSorted((a, b) => b - a)) {
    const tries = byPosition.get(position) ?? [];
    for (const write of tries)
      if (ended !== null && ended.complete < write.invoke)
        yield {
          what: `position ${position} was asked for after position ${ended.position} was acknowledged`,
          ops: [ended.op, write.op],
        };
    for (const write of tries) if (ended === null || write.complete < ended.complete) ended = write;
  }
}

function placedWrites(operations: readonly Operation[]): Placed[] {
  const began = new Map<string, number>();
  const keyed = operations.filter((one) => isWrite(one) && one.idempotencyKey !== null);
  for (const { idempotencyKey, invoke } of keyed) {
    const key = idempotencyKey ?? "";
    began.set(key, Math.min(invoke, began.get(key) ?? invoke));
  }
  return keyed.flatMap(({ op, outcome, position, complete, idempotencyKey }) =>
    outcome === "ok" && position !== null
      ? [{ op, position, complete, invoke: began.get(idempotencyKey ?? "") ?? complete }]
      : [],
  );
}
