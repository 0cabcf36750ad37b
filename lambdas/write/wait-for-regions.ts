import type { WaitFor } from "../../shared/contracts/document.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { ReplicateEvent } from "../../shared/contracts/region-event.ts";
import type { Bell } from "../ports/bell.ts";

/**
 * Rings the other regions, and waits for as many of them as the writer wants.
 *
 * @returns `wanted`: how many regions, this one among them, are to have applied the write; `applied`: the others that have, once
 *   these are enough or the time is up
 */
export function waitForRegions(
  bell: Bell,
  event: ReplicateEvent,
  waitFor: WaitFor,
  signal: AbortSignal,
): { readonly wanted: number; readonly applied: () => Promise<string[]> } {
  if (waitFor === "log" || waitFor === "primary") {
    bell.ring(event);
    return { wanted: regionsWanted(bell, waitFor), applied: async () => [] };
  }
  const wanted = regionsWanted(bell, waitFor);
  const others = bell.ringAndWait(event, signal);
  return { wanted, applied: () => firstOf(others, wanted - 1) };
}

/**
 * How many regions are to have applied a write, this one among them.
 * @throws Problem `invalid-request` where there are not so many
 */
export function regionsWanted(bell: Pick<Bell, "others">, waitFor: WaitFor): number {
  const all = bell.others + 1;
  if (waitFor === "log") return 0;
  if (waitFor === "primary") return 1;
  const wanted = waitFor === "all" ? all : Number(waitFor.split(":")[1]);
  if (wanted <= all) return wanted;
  throw new Problem("invalid-request", `There are ${all} regions; nothing was written.`, {
    errors: [{ pointer: "/waitFor", message: `at most regions:${all}, or all` }],
  });
}

/** The names that the first `count` of the promises gave, or fewer where the others gave null. */
async function firstOf(
  promises: readonly Promise<string | null>[],
  count: number,
): Promise<string[]> {
  const found: string[] = [];
  if (count <= 0) return found;
  await new Promise<void>((resolve) => {
    let left = promises.length;
    for (const promise of promises)
      void promise.then((name) => {
        left -= 1;
        if (name !== null) found.push(name);
        if (found.length >= count || left === 0) resolve();
      });
    if (left === 0) resolve();
  });
  return [...found];
}
