import { AcknowledgedWrites } from "../acknowledged.ts";
import { eachCollection } from "../check.ts";
import { isAnswered } from "../operation.ts";

/** A strong read reflects every write acknowledged before it began. */
export const strong = eachCollection("strong", (operations) => {
  const acknowledged = new AcknowledgedWrites(operations);
  return operations.filter(isAnswered).flatMap(({ level, invoke, servedPosition, op }) => {
    const due = level === "strong" ? acknowledged.newestBefore(invoke) : null;
    if (due === null || servedPosition === null || due.position <= servedPosition) return [];
    return [
      { what: `served at position ${servedPosition}, lacks ${due.position}`, ops: [due.op, op] },
    ];
  });
});
