import { sha1Hex } from "../std/bytes.ts";

/**
 * A place in a collection's history: the chain digests everything up to it, so a point names its whole line.
 * Only points are compared, never bare positions.
 */
export interface Point {
  readonly term: number;
  readonly position: number;
  /** Hex SHA-1, 40 digits. */
  readonly chain: string;
}

/** Of every incarnation, whatever terms it gets. */
export const FIRST_TERM = 1;

/** Where every line of an incarnation begins: position 0 of its first term, before its first entry. */
export function originPoint(incarnation: string, term: number): Point {
  return { term, position: 0, chain: sha1Hex(incarnation) };
}

/** The chain after an entry: H(previous chain, entry digest), as the append script computes it. */
export function nextChain(chain: string, entryDigest: string): string {
  return sha1Hex(chain + entryDigest);
}

export function samePoint(a: Point, b: Point): boolean {
  return a.term === b.term && a.position === b.position && a.chain === b.chain;
}

/** What a client carries of a point: the header `nearfield-position`. */
export interface PositionToken {
  readonly incarnation: string;
  readonly term: number;
  readonly position: number;
  /** First 8 digits of the chain. */
  readonly chain8: string;
}

export function tokenOf(incarnation: string, point: Point): string {
  return `${incarnation}.${point.term}.${point.position}.${point.chain.slice(0, 8)}`;
}

const TOKEN = /^([a-z0-9]{12})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,14})\.([0-9a-f]{8})$/;

/** The token of a text, or null if it is not one. */
export function parseToken(text: string): PositionToken | null {
  const parts = TOKEN.exec(text);
  if (parts === null) return null;
  const [, incarnation = "", term = "", position = "", chain8 = ""] = parts;
  return { incarnation, term: Number(term), position: Number(position), chain8 };
}
