import { AcknowledgedWrites } from "../acknowledged.ts";
import { eachCollection } from "../check.ts";
import { isAnswered } from "../operation.ts";

/** What a label may say too little, ms: clocks are read in whole ones, and places have their own. */
const LABEL_MS_SLACK = 50;

/**
 * A bounded read reflects every write acknowledged more than its bound before it began; and no answer of any level calls itself
 * fresher than it is.
 */
export const boundedHonest = eachCollection("bounded-honest", (operations) => {
  const acknowledged = new AcknowledgedWrites(operations);
  return operations.filter(isAnswered).flatMap((read) => {
    const { level, maxStalenessMs, invoke, servedPosition, stalenessMs, op } = read;
    if (servedPosition === null) return [];
    const due =
      level === "bounded" ? acknowledged.newestBefore(invoke - (maxStalenessMs ?? 0)) : null;
    if (due !== null && due.position > servedPosition)
      return [
        {
          what: `bound ${maxStalenessMs} ms: served at position ${servedPosition}, lacks ${due.position}`,
          ops: [due.op, op],
        },
      ];
    const missed = acknowledged.earliestBehind(servedPosition);
    const trueMs = missed === null ? 0 : invoke - missed.complete;
    if (missed !== null && stalenessMs !== null && stalenessMs < trueMs - LABEL_MS_SLACK)
      return [
        {
          what: `says ${stalenessMs} ms, lacks what was acknowledged ${Math.round(trueMs)} ms before`,
          ops: [missed.op, op],
        },
      ];
    return [];
  });
});
