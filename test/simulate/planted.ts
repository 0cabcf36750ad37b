/** Operations of the worlds in which the bugs are caught. */
export const CAUGHT_OPS = 150;

/**
 * Of each bug that is planted here: the check that catches it. In which world is not written down: every change of the product makes other
 * worlds of the same seeds. `npm run simulate -- --bugs` finds the first ones.
 */
export const CAUGHT_BY: Readonly<Record<string, string>> = {
  "ack-before-append": "acked-kept",
  "segment-after-append": "acked-kept",
  "retry-ignores-idempotency-key": "once",
  "strong-trusts-cached-head": "bounded-honest",
  "replica-confirms": "strong",
  "unknown-lag-is-zero": "strong",
  "gap-skipped": "served-honest",
  "delete-misses-one-shard": "served-honest",
  "checkpoint-before-store": "served-honest",
  "older-overwrites-newer": "served-honest",
  "half-batch-visible": "served-honest",
  "served-position-is-max-of-shards": "served-honest",
  "filter-after-top-k": "cache-equal",
  "watch-list-only-checks-ids-it-holds": "cache-equal",
  "tau-from-quantised": "cache-equal",
  "clean-mark-set-before-scan": "cache-equal",
  "idempotency-key-not-per-tenant": "acked-kept",
  "session-ignored-by-isolate-tier": "monotonic-reads",
  "partial-answer-cached": "cache-equal",
  "cache-key-without-claims": "tenant-closed",
  "absent-is-present": "cache-equal",
  "clock-frozen": "bounded-honest",
  "sample-older-than-T": "bounded-honest",
  "staleness-from-local-wall-clock": "bounded-honest",
};

/** Bugs that are planted elsewhere, where the race that they take is made rather than waited for. */
export const CAUGHT_ELSEWHERE: Readonly<Record<string, string>> = {
  "revalidate-by-key": "test/faults/watch.test.ts",
  "publish-from-checkpoint": "test/faults/watch.test.ts",
  "unseen-record-published": "test/faults/watch.test.ts",
  "record-missing-kept": "test/faults/watch.test.ts",
  "registered-behind-the-list": "test/faults/watch.test.ts",
  "served-position-read-after-legs": "test/faults/watch.test.ts",
  "copy-goes-back": "test/faults/watch.test.ts",
  "w-without-wid": "test/faults/watch.test.ts",
  "old-term-accepted": "test/faults/line.full.test.ts",
  "term-from-head-only": "test/faults/line.full.test.ts",
  "position-reused-after-tail-loss": "test/faults/line.full.test.ts",
  "restart-noticed-by-append-only": "test/faults/line.full.test.ts",
  "delete-back-after-resync": "test/faults/snapshots.test.ts",
  "resync-in-place": "test/faults/snapshots.test.ts",
  "snapshot-trims-too-far": "test/faults/trim.full.test.ts",
};

/** Bugs of the protocols that can't be planted at a port, or of which no part is built yet that could have them. */
export const NOT_PLANTED: Readonly<Record<string, string>> = {
  "segment-digest-unchecked":
    "the line and the segments both check it; the log's suite alters, cuts and removes segments",
  "hedge-merges-both":
    "a world has one copy of each shard; lambdas/legs/hedged-legs.test.ts holds the rule",
  "filter-delete-in-batch":
    "a rule of a pure function, which lambdas/replicate/judge.test.ts holds",
  "confirm-by-position": "takes a lost tail, which no world has yet",
  "alias-stale": "no aliases yet",
  "successor-judges-anew":
    "only engines that pin no view have intents; test/faults/reshard-milvus.full.test.ts has one",
  "zombie-upsert": "the store in memory keeps every tombstone; the stores' suite holds the law",
};
