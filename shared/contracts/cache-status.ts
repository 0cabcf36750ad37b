/**
 * Why a cached answer was not served as it is, as `cache-status` names it in `detail`:
 * `strong` the read trusts no cache; `unwatched` it is past its bound, and on no watch list; `clock-unknown` nothing is known of the log's time;
 * `list-unread` the watch list did not answer; `dropped` it is on the list no more: a write may have altered it; `behind` it is
 * right, but only up to an earlier moment than was asked for.
 */
export const STALE_REASONS = [
  "strong",
  "unwatched",
  "clock-unknown",
  "list-unread",
  "dropped",
  "behind",
] as const;
export type StaleReason = (typeof STALE_REASONS)[number];
