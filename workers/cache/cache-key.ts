import type { Caller } from "../../shared/contracts/caller.ts";
import type { QueryPart, RegionQuery } from "../../shared/contracts/query.ts";
import { encodeVector, sha256Hex } from "../../shared/std/bytes.ts";
import { canonicalJson, type Json } from "../../shared/std/canonical-json.ts";

/** What decides an answer, beside the state of the collection. Freshness and deadline decide whether one may be served. */
export interface AnswerQuery extends RegionQuery {
  readonly collection: string;
}

/** Changes whenever the entry's form or the key's meaning does: a deploy must not read what an older one stored. */
const KEY_VERSION = 4;

/**
 * The cache key: a digest of the canonical query and of whose it is. Equal queries written differently (key order, defaults,
 * white space, numbers or base64 for a vector) give equal keys; nothing of the URL or of other headers is in it.
 */
export function cacheKey(caller: Caller, query: AnswerQuery): string {
  const canonical = {
    v: KEY_VERSION,
    tenant: caller.tenant,
    ...query,
    queries: query.queries.map(canonicalPart),
    filter: query.filter as Json, // It came out of JSON.parse.
  };
  return sha256Hex(canonicalJson(canonical));
}

/** A part as it is asked: text in one normal form, so that what is cached is what was embedded. */
export function normalisePart(part: QueryPart): QueryPart {
  return "text" in part
    ? { ...part, text: part.text.normalize("NFC").replace(/\s+/gu, " ").trim() }
    : part;
}

function canonicalPart(part: QueryPart): Json {
  if ("vector" in part) {
    // As the region reads it: float32. Numbers and their base64 are one query.
    return {
      ...part,
      vector:
        typeof part.vector === "string"
          ? part.vector
          : encodeVector(Float32Array.from(part.vector)),
    };
  }
  if ("image" in part) return { ...part, image: { sha256: sha256Hex(part.image.base64) } };
  return part;
}
