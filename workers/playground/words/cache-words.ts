import { STALE_REASONS, type StaleReason } from "../../../shared/contracts/cache-status.ts";

const REASONS: Readonly<Record<StaleReason, string>> = {
  strong: "strong reads trust no cache",
  unwatched: "cached, but past its bound",
  "clock-unknown": "cached, but of unknown age",
  "list-unread": "cached, but unchecked",
  dropped: "cached, but perhaps altered by a write",
  behind: "cached, but of an earlier write",
};

/** Why an answer was asked for in a region, from the header `cache-status`; null where a cache had it, or nothing is said. @see RFC 9211 */
export function cacheWords(header: string | null): string | null {
  if (header === null || !header.includes("; fwd=")) return null;
  const reason = STALE_REASONS.find((one) => header.endsWith(`; detail=${one}`));
  const why = reason === undefined ? "not cached" : REASONS[reason];
  return header.includes("; fwd-status=304") ? `${why}; it was unchanged` : why;
}
