import type { Redis } from "@upstash/redis";
import { CollectionRecord } from "../../shared/contracts/collection.ts";
import { readLogEntry } from "../../shared/contracts/read-log-entry.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { Point } from "../../shared/domain/point.ts";
import type { LogSeeder } from "../ports/log-seeder.ts";
import type { Segments } from "../ports/segments.ts";
import { ABANDON, REGISTER_SEEDED, SEED, SEED_ENTRIES } from "./restore-scripts.ts";
import { evalLog } from "./ask-log.ts";
import { keepEntries } from "./log-entries.ts";
import { nameTaken, texts } from "./log-replies.ts";
import { ALIASES, headKey, recordField, REGISTRY, streamKey } from "./log-keys.ts";
import { COLLECTIONS_MAX } from "./upstash-log.ts";

/** Of one restored log: it is held in memory until it is copied, so it has fewer. */
const SEGMENTS_MAX = 1_000;

/** Begins logs of restored collections, on Redis behind Upstash's REST protocol. */
export class UpstashLogSeeder implements LogSeeder {
  readonly #redis: Redis;
  readonly #segments: Segments;

  constructor(redis: Redis, segments: Segments) {
    this.#redis = redis;
    this.#segments = segments;
  }

  async begin(
    { incarnation, term, primary }: CollectionRecord,
    { position, chain }: Point,
    schemaVersion: number,
    signal: AbortSignal,
  ): Promise<void> {
    const args = [incarnation, term, primary, position, chain, schemaVersion];
    const reply = await evalLog(this.#redis, SEED, [headKey(incarnation)], args, signal);
    if (reply !== "begun") throw new Error(`there is a log of ${incarnation} already`);
  }

  async append(
    { incarnation }: CollectionRecord,
    from: number,
    entries: readonly string[],
    signal: AbortSignal,
  ): Promise<Point> {
    const keys = [headKey(incarnation), streamKey(incarnation)];
    const kept = await keepEntries(this.#segments, incarnation, entries, signal);
    const args = [from, schemaAfter(entries) ?? "", entries.length, ...kept];
    const [kind, term, position, chain] = texts(
      await evalLog(this.#redis, SEED_ENTRIES, keys, args, signal),
    );
    if (kind === "not-seeding") throw new Error(`the log of ${incarnation} is in use`);
    return { term: Number(term), position: Number(position), chain: String(chain) };
  }

  async register(record: CollectionRecord, signal: AbortSignal): Promise<CollectionRecord> {
    const keys = [REGISTRY, headKey(record.incarnation), ALIASES];
    const args = [recordField(record.tenant, record.name), JSON.stringify(record), COLLECTIONS_MAX];
    const [outcome, standing] = texts(
      await evalLog(this.#redis, REGISTER_SEEDED, keys, args, signal),
    );
    if (outcome === "alias") throw nameTaken(record.name);
    if (outcome === "full" || standing === undefined)
      throw new Problem("limit-exceeded", `There are ${COLLECTIONS_MAX} collections already.`);
    if (outcome === "abandoned") throw new Error(`the log of ${record.incarnation} was removed`);
    return CollectionRecord.parse(JSON.parse(standing));
  }

  async abandon(incarnation: string, signal: AbortSignal): Promise<boolean> {
    const keys = [headKey(incarnation), streamKey(incarnation)];
    if ((await evalLog(this.#redis, ABANDON, keys, [], signal)) === "held") return false;
    // Only now is it sure that no log will ever name them.
    for (const { name } of await this.#segments.list(incarnation, SEGMENTS_MAX, signal))
      await this.#segments.remove(incarnation, name, signal);
    return true;
  }
}

/** The schema version that the log is at behind the entries; null where none of them says it. */
function schemaAfter(entries: readonly string[]): number | null {
  const versions = entries.flatMap((json, number) => {
    const entry = readLogEntry(json, number);
    return entry.kind === "schema" ? [entry.version] : [];
  });
  return versions.at(-1) ?? null;
}
