import { isWrite, type Operation } from "./operation.ts";

/** A write that was acknowledged. */
interface Acknowledged {
  readonly complete: number;
  readonly position: number;
  readonly op: number;
}

/** Acknowledged writes of a collection, for what reads are to reflect. */
export class AcknowledgedWrites {
  /** By the time of the acknowledgement: of those up to then the one with the highest position. */
  readonly #newest: Acknowledged[] = [];
  /** By position, falling: of those from there on the one that was acknowledged first. */
  readonly #earliest: Acknowledged[] = [];

  constructor(operations: readonly Operation[]) {
    const writes = operations.flatMap((one) =>
      one.outcome === "ok" && isWrite(one) && one.position !== null
        ? [{ complete: one.complete, position: one.position, op: one.op }]
        : [],
    );
    let newest: Acknowledged | null = null;
    for (const write of writes.toSorted((a, b) => a.complete - b.complete)) {
      if (newest === null || write.position > newest.position) newest = write;
      this.#newest.push({ ...newest, complete: write.complete });
    }
    let earliest: Acknowledged | null = null;
    for (const write of writes.toSorted((a, b) => b.position - a.position)) {
      if (earliest === null || write.complete < earliest.complete) earliest = write;
      this.#earliest.push({ ...earliest, position: write.position });
    }
  }

  /** The one with the highest position of those acknowledged before a moment. */
  newestBefore(moment: number): Acknowledged | null {
    const count = countWhile(this.#newest, ({ complete }) => complete < moment);
    return this.#newest[count - 1] ?? null;
  }

  /** The one acknowledged first of those with a higher position. */
  earliestBehind(position: number): Acknowledged | null {
    const count = countWhile(this.#earliest, (one) => one.position > position);
    return this.#earliest[count - 1] ?? null;
  }
}

/** Length of the part at the beginning for which something holds. */
function countWhile<T>(sorted: readonly T[], holds: (one: T) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const one = sorted[middle];
    if (one !== undefined && holds(one)) low = middle + 1;
    else high = middle;
  }
  return low;
}
