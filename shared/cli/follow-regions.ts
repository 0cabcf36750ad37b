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
        const { done, total, phase } = reachable ? progressOf(view, isThere) : UNREACHED;
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

function progressOf(view: CollectionView | undefined, isThere: (view: CollectionView) => boolean) {
  const total = Math.max(1, view?.documents ?? 1);
  if (view !== undefined && isThere(view)) return { done: total, total, phase: DONE };
  // A region that has not heard of it yet tells nothing of it.
  if (view === undefined || view.resharding === null) return { done: 0, total, phase: "waiting" };
  const { phase, copied } = view.resharding;
  return { done: Math.min(total, copied ?? total), total, phase };
}
