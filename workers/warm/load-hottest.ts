import type { Edge } from "../edge.ts";

/** Answers that a new isolate takes over: those asked most in the cities around its region. */
const LOADED_MAX = 50;
/** Of their texts together: an isolate that has just begun is to serve, not to read. */
const LOADED_CHARS_MAX = 1_000_000;
const REDIS_MS_MAX = 2_000;

/** Takes the answers that are asked for most out of the nearest region's Redis into this isolate and its location. */
export async function loadHottest(
  edge: Edge,
  defer: (work: Promise<unknown>) => void,
): Promise<void> {
  const store = edge.nearestStore();
  if (store === null) return;
  try {
    const hottest = await store.hottest(
      LOADED_MAX,
      edge.nowMs(),
      AbortSignal.timeout(REDIS_MS_MAX),
    );
    if (hottest.length === 0) return;
    const keys = hottest.map(({ key }) => key);
    const texts = await store.entries(keys, AbortSignal.timeout(REDIS_MS_MAX));
    let left = LOADED_CHARS_MAX;
    for (const [i, key] of keys.entries()) {
      const text = texts[i];
      if (typeof text !== "string" || text.length > left) continue;
      left -= text.length;
      edge.hot.adopt(key, text, defer);
    }
  } catch {
    edge.metrics.cacheFailed("redis");
  }
}
