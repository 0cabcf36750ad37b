import { eachCollection, type Check } from "./check.ts";
import { isAnswered, type Operation } from "./operation.ts";

/**
 * In each session, reads with its token are served at or behind every position that earlier operations of some kind told it.
 * `eventual` reads send no token, and are promised nothing.
 */
export function sessionCheck(
  name: string,
  counts: (operation: Operation) => boolean,
  positionOf: (operation: Operation) => number | null,
): Check {
  return eachCollection(name, (operations) =>
    [...Map.groupBy(operations, ({ sessionId }) => sessionId).values()].flatMap((session) =>
      inSession(session, counts, positionOf),
    ),
  );
}

function inSession(
  session: readonly Operation[],
  counts: (operation: Operation) => boolean,
  positionOf: (operation: Operation) => number | null,
) {
  const found: { what: string; ops: number[] }[] = [];
  let known: { position: number; op: number } | null = null;
  // A session's operations come one after the other.
  for (const operation of session.toSorted((a, b) => a.invoke - b.invoke)) {
    const { servedPosition, op, level, token } = operation;
    const promised = isAnswered(operation) && level !== "eventual" && token !== null;
    if (promised && known !== null && servedPosition !== null && servedPosition < known.position)
      found.push({
        what: `served at position ${servedPosition}, after position ${known.position}`,
        ops: [known.op, op],
      });
    const position = counts(operation) ? positionOf(operation) : null;
    if (position !== null && position > (known?.position ?? 0)) known = { position, op };
  }
  return found;
}
