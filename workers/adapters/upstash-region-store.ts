import { Redis } from "@upstash/redis/cloudflare";
import { KeyRecord, keyRecordName } from "../../shared/contracts/caller.ts";
import type { RegionEntry } from "../../shared/contracts/regions.ts";
import { upstashOptions } from "../../shared/contracts/upstash-options.ts";
import {
  readStanding,
  STANDING_FIELDS,
  watchedField,
  watchListKeys,
} from "../../shared/contracts/watch-list.ts";
import { abortable } from "../../shared/std/abortable.ts";
import type { RegionStore } from "../ports/region-store.ts";

/** The callers' own limits are shorter. */
const CALL_MS_MAX = 2_000;
const ENTRY_S = 300;

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
}

function entryName(key: string): string {
  return `nf:answer:${key}`;
}
