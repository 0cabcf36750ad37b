import pLimit from "p-limit";
import { Problem } from "../../shared/contracts/problems.ts";
import type { Edge } from "../edge.ts";
import type { RegionStore } from "../ports/region-store.ts";
import { warmQuery } from "./warm-query.ts";

/** Queries of a region that one run warms: those asked most. */
const WARMED_MAX = 50;
/** At a time in one region, so that readers hardly notice. */
const AT_ONCE = 2;
/** A run that takes longer leaves the rest to the next. */
const RUN_MS_MAX = 45_000;
const REDIS_MS_MAX = 2_000;

/**
 * Replays the hot queries of each region that is read into its Redis: after writes that altered their answers, after a deploy, and in a region whose Redis is new.
 * What fails is left to the next run, and to readers.
 */
export async function warmRegions(edge: Edge): Promise<void> {
  const endMs = edge.nowMs() + RUN_MS_MAX;
  const stores = [...edge.stores.values()].filter(({ region }) => edge.served.isOn(region));
  await Promise.all(stores.map((store) => warmRegion(edge, store, endMs)));
}

async function warmRegion(edge: Edge, store: RegionStore, endMs: number): Promise<void> {
  const limit = pLimit(AT_ONCE);
  try {
    const hottest = await store.hottest(
      WARMED_MAX,
      edge.nowMs(),
      AbortSignal.timeout(REDIS_MS_MAX),
    );
    await Promise.all(
      hottest.map((hot) =>
        limit(async () => {
          if (edge.nowMs() >= endMs) return;
          await warmQuery(edge, store, hot).then(
            () => edge.metrics.warmed("ok"),
            (error: unknown) => {
              // What can't be asked any more gives way to what is asked.
              edge.metrics.warmed(error instanceof Problem ? "refused" : "failed");
            },
          );
        }),
      ),
    );
  } catch {
    edge.metrics.cacheFailed("redis");
  }
}
