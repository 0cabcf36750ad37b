import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import type { ReadEntry } from "./judge.ts";

/** Writes for a position whose outcome a checkpoint remembers: their writers ask for it within the request. */
const CONDITIONAL_MAX = 1_024;

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

/** Verdicts that are needed are forgotten: too many writes for a position were refused since. */
export class VerdictsForgotten extends Error {
  override readonly name = "VerdictsForgotten";
}

/**
 * The verdicts of the shards that a copy was made from, for who applies the log to the copy: what was copied is newer than the
 * point that it begins at, so its own positions can't tell any more.
 *
 * @throws VerdictsForgotten
 */
export function verdictsOf(source: Checkpoint): (position: number) => boolean | null {
  return (position) => {
    if (position > source.point.position) return null;
    const verdict = verdictOn(source, position);
    if (verdict === null) throw new VerdictsForgotten(`of the write at position ${position}`);
    return verdict;
  };
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
