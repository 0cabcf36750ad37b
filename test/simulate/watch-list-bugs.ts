import { WatchRecord } from "../../shared/contracts/watch-record.ts";
import type { WatchList } from "../../lambdas/ports/watch-list.ts";
import type { Bug } from "./bug.ts";
import { wrapped } from "./wrapped.ts";

/** A watch list of which some methods are others, in every process of a region. */
function listing(methods: (list: WatchList) => Partial<WatchList>): Bug {
  return { region: () => ({ watch: (list) => wrapped<WatchList>(list, methods(list)) }) };
}

/** Answers are registered with other lowest scores than they have. */
function withTau(change: (tau: number | null) => number | null): Bug {
  return listing((list) => ({
    register: (incarnation, at, entryId, json, signal) => {
      const record = WatchRecord.parse(JSON.parse(json));
      const branches = record.branches.map((branch) => ({ ...branch, tau: change(branch.tau) }));
      return list.register(
        incarnation,
        at,
        entryId,
        JSON.stringify({ ...record, branches }),
        signal,
      );
    },
  }));
}

export const WATCH_LIST_BUGS: Readonly<Record<string, Bug>> = {
  /** A new document that belongs into an answer alters none. */
  "watch-list-only-checks-ids-it-holds": withTau(() => 2),
  "tau-from-quantised": {
    // Lists that stand for long: few incidents.
    weather: { lost: 0, slow: 0, incidents: {} },
    ...withTau((tau) => (tau === null ? null : tau + 0.8)),
  },
  /** The mark is moved on before what was applied is tested. */
  "clean-mark-set-before-scan": listing((list) => ({
    publish: (incarnation, step, signal) =>
      list.publish(incarnation, { ...step, drops: [] }, signal),
  })),
};
