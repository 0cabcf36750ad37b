import type { RetrieveEvent, Served } from "../../shared/contracts/region-event.ts";
import { samePoint } from "../../shared/domain/point.ts";
import { isWatchable } from "../watch/watched-answer.ts";

/**
 * Whether the answer that the edge holds is what would come out again: it is on the watch list where that stands now, or of the same
 * point; and where it was reranked, by the same weights. Of the same point it is computed once more where it could be watched and is
 * not: its candidates are needed for that.
 *
 * @param reranker what would rerank now, with its weights' digest; null where that is not known
 * @param stands whether the watch list says so
 */
export async function isUnchanged(
  asked: Pick<RetrieveEvent, "known" | "rerank" | "explain" | "exact" | "probe">,
  { incarnation, map, point }: Served,
  reranker: string | null,
  stands: () => Promise<boolean>,
): Promise<boolean> {
  const { known, rerank } = asked;
  if (known === null || known.incarnation !== incarnation || known.map !== map) return false;
  if (rerank !== undefined && (reranker === null || known.reranker !== reranker)) return false;
  if (known.watch === "on" && (await stands())) return true;
  return samePoint(known.point, point) && (known.watch === "off" || !isWatchable(asked));
}
