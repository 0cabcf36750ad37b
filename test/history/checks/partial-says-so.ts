import { eachCollection } from "../check.ts";
import { isAnswered } from "../operation.ts";
import { ReplayCursor } from "../truth.ts";
import { isWhole, rankedBy } from "./cache-equal.ts";

/**
 * An answer that is not whole names each shard that is missing, is never from a cache, and shows nothing but what matches, in order.
 * What calls itself whole is for `cache-equal`.
 */
export const partialSaysSo = eachCollection("partial-says-so", (operations, truth) => {
  const cursor = new ReplayCursor(truth);
  return operations
    .filter((one) => one.kind === "retrieve" && isAnswered(one) && !isWhole(one))
    .toSorted((a, b) => (a.servedPosition ?? 0) - (b.servedPosition ?? 0))
    .flatMap((read) => {
      const { coverage, tier, hits, op, servedPosition } = read;
      if (coverage === null) return [{ what: "it does not say what answered", ops: [op] }];
      const { shards, answered, missing } = coverage;
      if (answered + missing.length !== shards)
        return [{ what: `${answered} of ${shards} shards, ${missing.length} named`, ops: [op] }];
      if (tier !== "region") return [{ what: `a partial answer from tier ${tier}`, ops: [op] }];
      const ranks = rankedBy(read, cursor.advanceTo(servedPosition ?? 0)).map(({ id }) => id);
      const shown = hits.map(({ id }) => ranks.indexOf(id));
      const inOrder = shown.every((rank, i) => rank >= 0 && rank > (shown[i - 1] ?? -1));
      return inOrder ? [] : [{ what: "it shows what does not match, or out of order", ops: [op] }];
    });
});
