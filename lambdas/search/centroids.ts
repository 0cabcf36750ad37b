import { LRUCache } from "lru-cache";
import { toUnitVector } from "../../shared/domain/vector.ts";
import { required } from "../../shared/std/assert.ts";
import { abortable } from "../../shared/std/abortable.ts";
import type { OpenedRead } from "../freshness/reader.ts";
import type { StoreView } from "../ports/store.ts";

/** Mean direction of a shard's vectors by space; none in a space that it has no vectors in. */
type ShardCentroids = ReadonlyMap<string, Float32Array>;

/** Documents of a shard, the first by id, that stand for all: ids say nothing of content as a rule. */
const SAMPLE_DOCUMENTS = 256;
const SAMPLE_MS_MAX = 500;
const NONE: ShardCentroids = new Map();
/** A shard's middle moves slowly, and only steers which shards are asked. */
const KNOWN_MS = 60_000;
const SHARDS_KNOWN_MAX = 1_000;

/** Where the shards of collections lie in their spaces, by a sample, as it was at most a minute ago. */
export class Centroids {
  readonly #known: LRUCache<string, Promise<ShardCentroids>>;

  constructor(nowMs: () => number) {
    this.#known = new LRUCache({
      max: SHARDS_KNOWN_MAX,
      ttl: KNOWN_MS,
      ttlResolution: 0,
      perf: { now: nowMs },
    });
  }

  /** Empty where the shard can't be sampled in time: then it is asked, and its failure is the search's to tell. */
  async of(
    { layout, view }: Pick<OpenedRead, "layout" | "view">,
    shard: number,
    signal: AbortSignal,
  ): Promise<ShardCentroids> {
    const name = `${layout.key}/${shard}`;
    const sampling = this.#known.get(name) ?? this.#sample(name, layout, view, shard);
    const found = await abortable(sampling, signal).catch(() => null);
    signal.throwIfAborted();
    return found ?? NONE;
  }

  /** Shared by all who wait for it, so it has a time of its own. */
  #sample(
    name: string,
    { spaces }: OpenedRead["layout"],
    view: StoreView,
    shard: number,
  ): Promise<ShardCentroids> {
    const names = spaces.map((space) => space.name);
    const made = sampled(view, shard, names, AbortSignal.timeout(SAMPLE_MS_MAX)).catch(
      (error: unknown) => {
        this.#known.delete(name);
        throw error;
      },
    );
    this.#known.set(name, made);
    return abortable(made, AbortSignal.timeout(SAMPLE_MS_MAX));
  }
}

async function sampled(
  view: StoreView,
  shard: number,
  spaces: readonly string[],
  signal: AbortSignal,
): Promise<ShardCentroids> {
  const firsts = await view.scan(shard, null, SAMPLE_DOCUMENTS, null, signal);
  const ids = firsts.map(({ id }) => id);
  const rows = ids.length === 0 ? [] : await view.documents(shard, ids, { vectors: true }, signal);
  const centroids = spaces.flatMap((space): [string, Float32Array][] => {
    const centroid = middleOf(rows.flatMap(({ vectors }) => vectors[space] ?? []));
    return centroid === null ? [] : [[space, centroid]];
  });
  return new Map(centroids);
}

function middleOf(vectors: readonly Float32Array[]): Float32Array | null {
  const [first] = vectors;
  if (first === undefined) return null;
  const sum = new Float32Array(first.length);
  for (const vector of vectors)
    for (const [i, value] of vector.entries()) sum[i] = required(sum[i], "in range") + value;
  return toUnitVector(sum); // Null where they cancel each other out: such a shard has no direction.
}
