import type { Tier } from "../../shared/contracts/retrieve.ts";
import type { Lookup } from "../cache/hot-answers.ts";

/**
 * The header `cache-status` of an answer: the tier that served it, or why none did and what then became of it. Details are the
 * tiers' and the reasons' own names.
 *
 * @param brought null where the cache answered
 * @see RFC 9211
 */
export function cacheStatus(
  found: Lookup,
  brought: { readonly tier: Tier; readonly collapsed: boolean } | null,
): string {
  if (found.kind === "fresh") return `nearfield; hit; detail=${found.tier}`;
  const collapsed = brought?.collapsed === true ? "; collapsed" : "";
  if (found.kind === "miss") return `nearfield; fwd=uri-miss${collapsed}`;
  const forwarded = found.why === "strong" ? "request" : "stale";
  // As of an answer that was asked for with a validator.
  const unchanged = brought?.tier === "region" ? "" : "; fwd-status=304";
  return `nearfield; fwd=${forwarded}${unchanged}${collapsed}; detail=${found.why}`;
}
