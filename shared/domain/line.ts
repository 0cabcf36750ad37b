import { samePoint, type Point } from "./point.ts";

/** Where a term's entries begin on a line. */
export interface TermStart {
  readonly term: number;
  /** Position of its first entry, from 1. */
  readonly first: number;
}

/**
 * A point, and what its history is known by. Of one term a position is given out once at most, so the first position of each term
 * tells which points lie on the line; the newest chains are looked at beside that, and find what no log should have done.
 */
export interface Line {
  readonly point: Point;
  /** Of the terms that have entries, ascending: the newest `LINE_TERMS_MAX`. */
  readonly terms: readonly TermStart[];
  /** First 8 digits of the chains of the newest positions, the point's own last. */
  readonly recent: readonly string[];
}

/** A point as a token names it. */
export type NamedPoint = Pick<Point, "term" | "position"> & { readonly chain8: string };

/** What lies in terms before these is taken for lost: each has been ended by a restart or a promotion, and written to. */
export const LINE_TERMS_MAX = 256;
const RECENT_CHAINS_MAX = 32;

/** How a point stands to a line: part of it, a place that the line has not come to yet, or of another history. */
export type Standing = "covered" | "behind" | "off-line";

export function standing({ point, terms, recent }: Line, at: NamedPoint): Standing {
  if (at.term > point.term) return "behind";
  if (at.position > point.position) return at.term === point.term ? "behind" : "off-line";
  if (at.position > 0 && !isInTerm(terms, at)) return "off-line";
  const chain8 = recent.at(at.position - point.position - 1);
  return chain8 === undefined || chain8 === at.chain8 ? "covered" : "off-line";
}

/** Whether all that a point reflects is part of the line. */
export function covers(line: Line, point: Point): boolean {
  return standing(line, named(point)) === "covered";
}

/**
 * How what a region holds stands to the log's end, read *after* the region's point was: `level`, `behind`, or `lost`, where the
 * region holds what the log no longer has.
 */
export function standingToHead(
  held: Point,
  { head, terms }: { readonly head: Point; readonly terms: readonly TermStart[] },
): "level" | "behind" | "lost" {
  if (samePoint(held, head)) return "level";
  return covers({ point: head, terms, recent: [chain8(head.chain)] }, held) ? "behind" : "lost";
}

/** The last position that a point of another history has in common with the log, as far as terms tell. */
export function lastInCommon(
  held: Point,
  { head, terms }: { readonly head: Point; readonly terms: readonly TermStart[] },
): number {
  const next = terms.find(({ term }) => term > held.term);
  const end = next === undefined ? head.position : next.first - 1;
  return Math.min(end, head.position, held.position);
}

/** The line after further entries, which continue its point. */
export function lineAfter(line: Line, entries: readonly Point[]): Line {
  const terms = [...line.terms];
  for (const { term, position } of entries)
    if (terms.at(-1)?.term !== term) terms.push({ term, first: position });
  return {
    point: entries.at(-1) ?? line.point,
    terms: terms.slice(-LINE_TERMS_MAX),
    recent: [
      ...line.recent,
      ...entries.slice(-RECENT_CHAINS_MAX).map(({ chain }) => chain8(chain)),
    ].slice(-RECENT_CHAINS_MAX),
  };
}

/** A line of one term: of whatever was held before there were several. */
export function lineOfOneTerm(point: Point): Line {
  return { point, terms: [{ term: point.term, first: 1 }], recent: [chain8(point.chain)] };
}

function isInTerm(terms: readonly TermStart[], at: NamedPoint): boolean {
  const index = terms.findIndex(({ term }) => term === at.term);
  const [mine, next] = [terms[index], terms[index + 1]];
  if (mine === undefined) return false;
  return at.position >= mine.first && (next === undefined || at.position < next.first);
}

function named({ term, position, chain }: Point): NamedPoint {
  return { term, position, chain8: chain8(chain) };
}

function chain8(chain: string): string {
  return chain.slice(0, 8);
}
