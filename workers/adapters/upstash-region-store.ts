import { Redis } from "@upstash/redis/cloudflare";
import { KeyRecord, keyRecordName } from "../../shared/contracts/caller.ts";
import { HOT_LIST_KEYS, HotQuery } from "../../shared/contracts/hot-query.ts";
import { Job } from "../../shared/contracts/job.ts";
import { REGIONS_BYTES_MAX, REGIONS_KEYS } from "../../shared/contracts/regions-record.ts";
import type { RegionEntry } from "../../shared/contracts/regions.ts";
import { upstashOptions } from "../../shared/contracts/upstash-options.ts";
import {
  readStanding,
  STANDING_FIELDS,
  watchedField,
  watchListKeys,
} from "../../shared/contracts/watch-list.ts";
import { abortable } from "../../shared/std/abortable.ts";
import { canonicalJson } from "../../shared/std/canonical-json.ts";
import type { Asked, HotKey, PublishedRegions, RegionStore } from "../ports/region-store.ts";
import { HALF_LIFE_MS, HEAT_MIN, HEAT_UP, HOT_MAX } from "./hot-list-script.ts";
import { KEEP_REGIONS, PUBLISH_REGIONS } from "./regions-scripts.ts";

/** The callers' own limits are shorter. */
const CALL_MS_MAX = 2_000;
const ENTRY_S = 300;
const JOB_S = 3_600;

/** A region's Redis over Upstash's REST protocol. */
export class UpstashRegionStore implements RegionStore {
  readonly region: string;
  readonly #redis: Redis;

  constructor(entry: RegionEntry, token: string) {
    this.region = entry.name;
    this.#redis = new Redis({ url: entry.redisUrl, token, ...upstashOptions(CALL_MS_MAX) });
  }

  async key(digest: string, signal: AbortSignal): Promise<KeyRecord | null> {
    const json = await abortable(this.#redis.get<string>(keyRecordName(digest)), signal);
    return json === null ? null : KeyRecord.parse(JSON.parse(json));
  }

  async entry(key: string, signal: AbortSignal): Promise<string | null> {
    return abortable(this.#redis.get<string>(entryName(key)), signal);
  }

  async entries(keys: readonly string[], signal: AbortSignal): Promise<readonly (string | null)[]> {
    return abortable(this.#redis.mget<(string | null)[]>(...keys.map(entryName)), signal);
  }

  async keepEntry(key: string, entry: string, signal: AbortSignal): Promise<void> {
    await abortable(this.#redis.set(entryName(key), entry, { ex: ENTRY_S }), signal);
  }

  async watched(
    incarnation: string,
    entryIds: readonly string[],
    signal: AbortSignal,
  ): ReturnType<RegionStore["watched"]> {
    const { list } = watchListKeys(incarnation);
    const fields = [...STANDING_FIELDS, ...entryIds.map(watchedField)];
    // What the client's type says holds for deserialised replies alone: these are the values as Redis lists them.
    const values: unknown = await abortable(this.#redis.hmget(list, ...fields), signal);
    if (!Array.isArray(values)) throw new Error("the watch list is no list");
    const standing = readStanding(values);
    if (standing === null) return null;
    return { standing, has: entryIds.map((_, i) => values[STANDING_FIELDS.length + i] !== null) };
  }

  async heatUp(asked: readonly Asked[], nowMs: number, signal: AbortSignal): Promise<void> {
    const triples = asked.flatMap(({ key, count, query }) => [
      key,
      String(count),
      JSON.stringify(query),
    ]);
    const { heat, queries } = HOT_LIST_KEYS;
    const args = [String(nowMs / HALF_LIFE_MS), String(HOT_MAX), ...triples];
    await abortable(this.#redis.eval(HEAT_UP, [heat, queries], args), signal);
  }

  async hottest(count: number, nowMs: number, signal: AbortSignal): Promise<readonly HotKey[]> {
    const { heat, queries } = HOT_LIST_KEYS;
    const coolest = nowMs / HALF_LIFE_MS + Math.log2(HEAT_MIN);
    const options = { byScore: true, rev: true, offset: 0, count } as const;
    const hot = this.#redis.zrange<string[]>(heat, "+inf", coolest, options);
    const keys = await abortable(hot, signal);
    if (keys.length === 0) return [];
    // As with the watch list: without deserialisation these are the values, in the order asked.
    const values: unknown = await abortable(this.#redis.hmget(queries, ...keys), signal);
    if (!Array.isArray(values)) throw new Error("the hot queries are no list");
    return keys.flatMap((key, i) => {
      const text: unknown = values[i];
      const query = HotQuery.safeParse(typeof text === "string" ? JSON.parse(text) : null);
      return query.success ? [{ key, query: query.data }] : [];
    });
  }

  async keepJob(tenant: string, job: Job, signal: AbortSignal): Promise<void> {
    const text = JSON.stringify(job);
    await abortable(this.#redis.set(jobName(tenant, job.id), text, { ex: JOB_S }), signal);
  }

  async job(tenant: string, id: string, signal: AbortSignal): Promise<Job | null> {
    const text = await abortable(this.#redis.get<string>(jobName(tenant, id)), signal);
    return text === null ? null : Job.parse(JSON.parse(text));
  }

  async regions(signal: AbortSignal): Promise<PublishedRegions> {
    const { published, kept } = REGIONS_KEYS;
    const looked = this.#redis
      .pipeline()
      .exists(published)
      // One byte past the bound says that it is too large, however large it is.
      .getrange(published, 0, REGIONS_BYTES_MAX)
      .hmget(kept, "version", "record");
    const [there, text, fields] = await abortable(looked.exec<[number, string, unknown]>(), signal);
    const [version, record]: unknown[] = Array.isArray(fields) ? fields : [];
    return {
      published: there === 1 ? text : null,
      kept:
        typeof version === "string" && typeof record === "string"
          ? { version: Number(version), text: record }
          : null,
    };
  }

  async keepRegions(version: number, text: string, signal: AbortSignal): Promise<void> {
    const call = this.#redis.eval(KEEP_REGIONS, [REGIONS_KEYS.kept], [String(version), text]);
    await abortable(call, signal);
  }

  async publishRegions(
    expected: string | null,
    version: number,
    text: string,
    signal: AbortSignal,
  ): Promise<"taken" | "changed"> {
    const { published, kept } = REGIONS_KEYS;
    const args = [String(REGIONS_BYTES_MAX), expected ?? "", String(version), text];
    const call = this.#redis.eval(PUBLISH_REGIONS, [published, kept], args);
    return Number(await abortable(call, signal)) === 1 ? "taken" : "changed";
  }
}

function jobName(tenant: string, id: string): string {
  return `nf:job:${canonicalJson([tenant, id])}`;
}

function entryName(key: string): string {
  return `nf:answer:${key}`;
}
