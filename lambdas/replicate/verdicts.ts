import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import type { ReadEntry } from "./judge.ts";

/** Writes for a position whose outcome a checkpoint remembers: their writers ask for it within the request. */
const CONDITIONAL_MAX = 256;

/** Whether any of the entries counts only under a condition on its document. */
export function hasCondition(entries: readonly ReadEntry[]): boolean {
  return entries.some(({ entry }) => entry.kind === "put" && entry.ifPosition !== undefined);
}

/** The entries up to the end of what was begun before, if anything was: it is finished as it was judged. */
export function begunBefore({ intent }: Checkpoint, entries: readonly ReadEntry[]): ReadEntry[] {
  return entries.filter(({ position }) => intent === undefined || position <= intent.to);
}

/** What is remembered of writes for a position once these entries are applied. */
export function verdictsAfter(
  { point, verdicts }: Checkpoint,
  entries: readonly ReadEntry[],
  refused: readonly number[],
): Checkpoint["verdicts"] {
  if (!hasCondition(entries)) return verdicts;
  const { since, refused: before } = verdicts ?? { since: point.position, refused: [] };
  const all = [...before, ...refused];
  const kept = all.slice(-CONDITIONAL_MAX);
  const forgotten = all.at(-CONDITIONAL_MAX - 1);
  return { since: forgotten ?? since, refused: kept };
}

/**
 * Whether a write for a position changed its document.
 * @returns null where it is not known: not applied yet, or forgotten
 */
export function verdictOn({ point, verdicts }: Checkpoint, position: number): boolean | null {
  if (position > point.position || verdicts === undefined || position <= verdicts.since)
    return null;
  return !verdicts.refused.includes(position);
}

/** Left out of the checkpoint where there are none. */
export function unfilledAfter(
  { unfilled }: Checkpoint,
  entries: readonly ReadEntry[],
): string[] | undefined {
  if (unfilled === undefined) return undefined;
  const filled = new Set(
    entries.flatMap(({ entry }) => (entry.kind === "filled" ? entry.spaces : [])),
  );
  const left = unfilled.filter((space) => !filled.has(space));
  return left.length === 0 ? undefined : left;
}
