import type { Redis } from "@upstash/redis";
import { z } from "zod";
import { CollectionRecord } from "../../shared/contracts/collection.ts";
import { Reconciled } from "../../shared/contracts/reconciled.ts";
import { decodeVector, encodeVector } from "../../shared/std/bytes.ts";
import { canonicalJson } from "../../shared/std/canonical-json.ts";
import { abortable } from "../../shared/std/abortable.ts";
import type { Comparison, Fill, RegionCache } from "../ports/region-cache.ts";

const FillText = z.strictObject({
  map: z.int(),
  shard: z.int().min(0),
  after: z.string().nullable(),
  looked: z.int(),
  wrote: z.boolean(),
});
const ComparisonText = Reconciled.extend({ tables: z.int().min(0), rebuilt: z.boolean() });
/** What was compared longer ago is compared again. */
const COMPARISON_S = 7 * 24 * 3_600;
const VECTOR_S = 7 * 24 * 3_600;
/** One that has stood still this long begins anew. */
const FILL_S = 24 * 3_600;
/** Entries whose lags are remembered, of a collection. */
const LAGS_MAX = 1_000;
const LAGS_S = 24 * 3_600;
/** A cache that takes longer than this is no help. */
const CACHE_MS_MAX = 150;

/** The region's Redis as a cache: `onFailure` hears of each call that failed or was too slow. */
export class UpstashRegionCache implements RegionCache {
  readonly #redis: Redis;
  readonly #onFailure: (error: unknown) => void;

  constructor(redis: Redis, onFailure: (error: unknown) => void) {
    this.#redis = redis;
    this.#onFailure = onFailure;
  }

  async vectors(
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly (Float32Array | null)[]> {
    const texts = await this.#try(
      () => this.#redis.mget<(string | null)[]>(...names.map(vectorKey)),
      signal,
    );
    return names.map((_, i) => {
      const text = texts?.[i];
      return typeof text === "string" ? decodeVector(text) : null;
    });
  }

  async keepVectors(
    vectors: readonly { name: string; vector: Float32Array }[],
    signal: AbortSignal,
    keptS: number = VECTOR_S,
  ): Promise<void> {
    await this.#try(() => {
      const pipeline = this.#redis.pipeline();
      for (const { name, vector } of vectors)
        pipeline.set(vectorKey(name), encodeVector(vector), { ex: keptS });
      return pipeline.exec();
    }, signal);
  }

  async record(
    tenant: string,
    name: string,
    signal: AbortSignal,
  ): Promise<CollectionRecord | null> {
    const json = await this.#try(
      () => this.#redis.hget<string>("nf:catalog", canonicalJson([tenant, name])),
      signal,
    );
    // A record that another release wrote may not fit: then the log is asked.
    const record = json === null ? null : CollectionRecord.safeParse(JSON.parse(json));
    return record?.success === true ? record.data : null;
  }

  async keepRecord(record: CollectionRecord, signal: AbortSignal): Promise<void> {
    const field = canonicalJson([record.tenant, record.name]);
    await this.#try(
      () => this.#redis.hset("nf:catalog", { [field]: JSON.stringify(record) }),
      signal,
    );
  }

  async fill(incarnation: string, signal: AbortSignal): Promise<Fill | null> {
    const text = await this.#try(() => this.#redis.get<string>(fillKey(incarnation)), signal);
    if (text === null) return null;
    const fill = FillText.safeParse(JSON.parse(text));
    return fill.success ? fill.data : null;
  }

  async keepFill(incarnation: string, fill: Fill, signal: AbortSignal): Promise<void> {
    await this.#try(
      () => this.#redis.set(fillKey(incarnation), JSON.stringify(fill), { ex: FILL_S }),
      signal,
    );
  }

  async comparison(incarnation: string, signal: AbortSignal): Promise<Comparison | null> {
    const key = comparisonKey(incarnation);
    const text = await this.#try(() => this.#redis.get<string>(key), signal);
    if (text === null) return null;
    const found = ComparisonText.safeParse(JSON.parse(text));
    return found.success ? found.data : null;
  }

  async keepComparison(
    incarnation: string,
    comparison: Comparison,
    signal: AbortSignal,
  ): Promise<void> {
    const text = JSON.stringify(comparison);
    const key = comparisonKey(incarnation);
    await this.#try(() => this.#redis.set(key, text, { ex: COMPARISON_S }), signal);
  }

  async lags(incarnation: string, signal: AbortSignal): Promise<number[] | null> {
    const found = await this.#try(
      () => this.#redis.lrange(lagsKey(incarnation), 0, LAGS_MAX - 1),
      signal,
    );
    return found === null ? null : found.map(Number);
  }

  async keepLags(
    incarnation: string,
    lagsMs: readonly number[],
    signal: AbortSignal,
  ): Promise<void> {
    const newest = lagsMs.slice(-LAGS_MAX);
    if (newest.length === 0) return;
    const key = lagsKey(incarnation);
    await this.#try(
      () =>
        this.#redis
          .pipeline()
          .lpush(key, ...newest)
          .ltrim(key, 0, LAGS_MAX - 1)
          .expire(key, LAGS_S)
          .exec(),
      signal,
    );
  }

  /** Rejects if the region's Redis does not answer. */
  async ping(signal: AbortSignal): Promise<void> {
    await abortable(this.#redis.ping(), signal);
  }

  async #try<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T | null> {
    try {
      return await abortable(call(), AbortSignal.any([signal, AbortSignal.timeout(CACHE_MS_MAX)]));
    } catch (error) {
      this.#onFailure(error);
      return null;
    }
  }
}

function vectorKey(name: string): string {
  return `nf:qv:${name}`;
}

function lagsKey(incarnation: string): string {
  return `nf:lags:${incarnation}`;
}

function comparisonKey(incarnation: string): string {
  return `nf:compared:${incarnation}`;
}

function fillKey(incarnation: string): string {
  return `nf:fill:${incarnation}`;
}
