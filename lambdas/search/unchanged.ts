import type { RetrieveEvent, Served } from "../../shared/contracts/region-event.ts";
import { samePoint } from "../../shared/domain/point.ts";

/**
 * Whether the answer that the edge holds is what would come out again: of the same point and the same shards, and where it was reranked by the same
 * weights.
 *
 * @param reranker what would rerank now, with its weights' digest; null where that is not known
 */
export function isUnchanged(
  { known, rerank }: Pick<RetrieveEvent, "known" | "rerank">,
  { incarnation, map, point }: Served,
  reranker: string | null,
): boolean {
  if (known === null || known.incarnation !== incarnation || known.map !== map) return false;
  if (!samePoint(known.point, point)) return false;
  return rerank === undefined || (reranker !== null && known.reranker === reranker);
}
