import { assert } from "../std/assert.ts";
import { sha256Hex } from "../std/bytes.ts";

/** Points of each shard on the ring: at 128 the fullest of four shards holds about 15 % more than its share. */
const POINTS_PER_SHARD = 128;

/** A consistent hash ring: `hashes` ascending, `owners[i]` is the shard that owns the arc that ends at `hashes[i]`. */
export interface Ring {
  readonly shards: number;
  readonly hashes: readonly number[];
  readonly owners: readonly number[];
}

/**
 * The ring of shards 0 to `shards` - 1. The same on every machine and in every version: ids must find their shard again.
 * @see Karger et al.: "Consistent Hashing and Random Trees", STOC 1997
 */
export function createRing(shards: number): Ring {
  assert(Number.isInteger(shards) && shards >= 1, "a ring has at least one shard");
  const points: { hash: number; shard: number }[] = [];
  for (let shard = 0; shard < shards; shard++) {
    for (let point = 0; point < POINTS_PER_SHARD; point++)
      points.push({ hash: hash(`shard/${shard}/${point}`), shard });
  }
  points.sort((a, b) => a.hash - b.hash || a.shard - b.shard);
  return { shards, hashes: points.map((p) => p.hash), owners: points.map((p) => p.shard) };
}

/** The shard that holds a document, by its id's bytes. */
export function shardOf(ring: Ring, id: string): number {
  const wanted = hash(`id/${id}`);
  let low = 0;
  let high = ring.hashes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = ring.hashes[middle];
    if (at !== undefined && at < wanted) low = middle + 1;
    else high = middle;
  }
  const owner = ring.owners[low % ring.owners.length]; // Past the last point the ring begins again.
  assert(owner !== undefined, "a ring is not empty");
  return owner;
}

/** 48 bits of SHA-256: exact in a double. */
function hash(text: string): number {
  return Number.parseInt(sha256Hex(text).slice(0, 12), 16);
}
