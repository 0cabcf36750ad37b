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

/** Where every line of an incarnation begins: position 0, before its first entry. */
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

/**
 * How what a region holds stands to the log's end, read *after* the region's point was: `level`, `behind`, or `lost`, where the
 * region holds what the log no longer has.
 */
export function standingToHead(held: Point, head: Point): "level" | "behind" | "lost" {
  if (held.position < head.position && held.term <= head.term) return "behind";
  return samePoint(held, head) ? "level" : "lost";
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

/**
 * How a point stands to a token of the same incarnation:
 * `covered` (the token's history is part of the point's), `behind` (the point has yet to get there) or `off-line`
 * (same position, another history). Until promotions exist there is one term, so an earlier position of the same
 * term lies on the line.
 */
export function standing(point: Point, token: PositionToken): "covered" | "behind" | "off-line" {
  if (token.term > point.term || token.position > point.position) return "behind";
  if (token.position === point.position) {
    return token.term === point.term && point.chain.startsWith(token.chain8)
      ? "covered"
      : "off-line";
  }
  return "covered";
}
