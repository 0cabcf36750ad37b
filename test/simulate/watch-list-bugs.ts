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
  "tau-from-quantised": withTau((tau) => (tau === null ? null : tau + 0.2)),
  /** The mark is moved on before what was applied is tested. */
  "clean-mark-set-before-scan": listing((list) => ({
    publish: (incarnation, step, signal) =>
      list.publish(incarnation, { ...step, drops: [] }, signal),
  })),
  "unseen-record-published": listing((list) => ({
    publish: (incarnation, step, signal) =>
      list.publish(incarnation, { ...step, known: { ...step.known, seq: 1e9 } }, signal),
  })),
  /** What was applied is tested from the store's checkpoint on, not from where the list stands. */
  "publish-from-checkpoint": {
    weather: { incidents: { "process-killed": 3_000, "process-still": 3_000 } },
    ...listing((list) => ({
      publish: async (incarnation, step, signal) => {
        const now = await list.load(incarnation, null, signal);
        return list.publish(incarnation, { ...step, from: now?.point ?? step.from }, signal);
      },
    })),
  },
  "registered-behind-the-list": listing((list) => ({
    register: async (incarnation, at, entryId, record, signal) => {
      const now = await list.load(incarnation, null, signal);
      const behind = now !== null && now.point.position > at.position;
      return list.register(incarnation, behind ? now.point : at, entryId, record, signal);
    },
  })),
  /** An applier that stood still goes on with a list that is another one by now. */
  "w-without-wid": {
    weather: { incidents: { "redis-emptied": 3_000, "process-still": 3_000 } },
    ...listing((list) => ({
      publish: async (incarnation, step, signal) => {
        const now = await list.load(incarnation, null, signal);
        const wid = now?.wid ?? step.known.wid;
        return list.publish(incarnation, { ...step, known: { ...step.known, wid } }, signal);
      },
    })),
  },
};
