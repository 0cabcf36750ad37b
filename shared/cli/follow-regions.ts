import { MultiBar, type SingleBar } from "cli-progress";
import { setTimeout as delay } from "node:timers/promises";
import type { NearfieldClient } from "../client/nearfield-client.ts";
import type { CollectionView } from "../contracts/collection.ts";

const LOOK_MS = 500;

/**
 * Shows a bar a region until every region has what was asked for. `isThere` says it of a region's view.
 * A region that can't be reached is waited for: it goes on when it is back.
 */
export async function followRegions(
  client: NearfieldClient,
  collection: string,
  isThere: (view: CollectionView) => boolean,
): Promise<void> {
  const bars = new MultiBar({
    format: " {bar} {percentage}% | {region} | {phase}",
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: 2_000,
    stream: process.stderr,
  });
  const shown = new Map<string, SingleBar>();
  try {
    for (;;) {
      const { regions } = await client.status();
      const left = regions.map(({ name, reachable, collections }) => {
        const view = collections.find((one) => one.name === collection);
        const { done, total, phase } = reachable
          ? progressOf(view, view !== undefined && isThere(view))
          : UNREACHED;
        const bar = shown.get(name) ?? bars.create(total, 0, { region: name, phase });
        shown.set(name, bar);
        bar.setTotal(total);
        bar.update(done, { region: name, phase });
        return phase !== DONE;
      });
      if (left.every((one) => !one)) return;
      await delay(LOOK_MS);
    }
  } finally {
    bars.stop();
  }
}

const DONE = "done";
const UNREACHED = { done: 0, total: 1, phase: "can't be reached" };
/** A bar that is full says that nothing is left to do. */
const COPIED_SHARE = 0.99;

/** How far a region is, in documents, and what it does. */
export function progressOf(
  view: Pick<CollectionView, "documents" | "resharding"> | undefined,
  isThere: boolean,
): { readonly done: number; readonly total: number; readonly phase: string } {
  const total = Math.max(1, view?.documents ?? 1);
  if (view !== undefined && isThere) return { done: total, total, phase: DONE };
  // A region that has not heard of it yet tells nothing of it.
  if (view === undefined || view.resharding === null) return { done: 0, total, phase: "waiting" };
  const { phase, copied } = view.resharding;
  // Not known while it copies: once all are there it is catching up.
  const done = Math.min(total, copied ?? (phase === "catching-up" ? total : 0));
  if (phase === "embedding" && copied === null)
    return { done: 0, total, phase: "waits for the vectors" };
  if (phase === "copying" && done === total)
    return { done: Math.floor(total * COPIED_SHARE), total, phase: "copied, being indexed" };
  return { done, total, phase };
}
