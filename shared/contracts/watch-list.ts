import type { RightUpTo } from "../domain/right-up-to.ts";
import { LogTime, Point } from "./checkpoint.ts";

/** A region's watch list of a collection incarnation, in its Redis: a hash, and the stream of what decides each entry's fate. */
export function watchListKeys(incarnation: string): {
  readonly list: string;
  readonly records: string;
} {
  return { list: `nf:{${incarnation}}:watch`, records: `nf:{${incarnation}}:watched` };
}

/** The field of an answer on the list; its value is the number of its registration. */
export function watchedField(entryId: string): string {
  return `e:${entryId}`;
}

/** Fields that say up to where the answers on the list are right: a point, and the log time of its last confirmation. */
export const STANDING_FIELDS = ["term", "m", "chain", "t", "tterm", "tstep"] as const;

/** What those fields say; null where there is no list, or it says something else. */
export function readStanding(values: readonly unknown[]): RightUpTo | null {
  const [term, position, chain, timeMs, timeTerm, step] = values;
  const point = Point.safeParse({ term: whole(term), position: whole(position), chain });
  if (!point.success) return null;
  const confirmed = LogTime.safeParse({
    timeMs: whole(timeMs),
    term: whole(timeTerm),
    step: whole(step),
  });
  return { point: point.data, confirmed: confirmed.success ? confirmed.data : null };
}

function whole(value: unknown): number | null {
  return typeof value === "string" && /^\d+$/.test(value) ? Number(value) : null;
}
