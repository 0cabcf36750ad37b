import type { Check, FinalState } from "../check.ts";
import { ReplayCursor, type Truth, type Version } from "../truth.ts";

/** Once all is quiet every region has the log's last position, and exactly the documents and versions that a replay gives. */
export const converged: Check = {
  name: "converged",
  find: ({ finals, truths }) =>
    finals.flatMap((final) => {
      const truth = truths.get(final.collection);
      const what = truth === undefined ? "it has no log" : difference(final, truth);
      if (what === null) return [];
      return [
        { check: "converged", what: `${final.region}, ${final.collection}: ${what}`, ops: [] },
      ];
    }),
};

function difference({ position, documents }: FinalState, truth: Truth): string | null {
  if (position !== truth.head) return `at position ${position}, the log ends at ${truth.head}`;
  const due = new Map<string, Version>(new ReplayCursor(truth).advanceTo(truth.head));
  for (const { id, value, position: at } of documents) {
    const version = due.get(id);
    if (version === undefined) return `it has ${id}, which is not there or twice`;
    if (version.value !== value || version.position !== at)
      return `${id} has value ${value} of ${at}, not ${version.value} of ${version.position}`;
    due.delete(id);
  }
  const [lacking] = due.keys();
  return lacking === undefined ? null : `it lacks ${lacking}`;
}
