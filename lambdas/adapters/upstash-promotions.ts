import type { Redis } from "@upstash/redis";
import { CollectionRecord } from "../../shared/contracts/collection.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { FIRST_TERM, originPoint } from "../../shared/domain/point.ts";
import { canonicalJson } from "../../shared/std/canonical-json.ts";
import type { Inspection, Promotion, Promotions } from "../ports/promotions.ts";
import type { LogReading } from "../ports/write-log.ts";
import { askLog, evalLog } from "./ask-log.ts";
import { dirtyKey, headKey, recordField, REGISTRY, streamKey } from "./log-keys.ts";
import { readHead, readReading, texts } from "./log-replies.ts";
import { INSPECT, PROMOTE, RUN } from "./promotion-scripts.ts";

/** Promotions of the log on Redis, behind Upstash's REST protocol. */
export class UpstashPromotions implements Promotions {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async run(signal: AbortSignal): Promise<string> {
    return String(await evalLog(this.#redis, RUN, [], [], signal));
  }

  async inspect(
    { incarnation }: CollectionRecord,
    signal: AbortSignal,
  ): Promise<Inspection | null> {
    const keys = [headKey(incarnation), streamKey(incarnation)];
    const args = [incarnation, ...originOf(incarnation)];
    const reply = texts(await evalLog(this.#redis, INSPECT, keys, args, signal));
    if (reply[0] === "unknown-collection") return null;
    return { ...readHead(reply), stands: reply[0] === "stands", term: Number(reply[1]) };
  }

  async promote(
    record: CollectionRecord,
    { seenTerm, next }: Promotion,
    signal: AbortSignal,
  ): Promise<LogReading | null> {
    const { incarnation, tenant, name } = record;
    const field = recordField(tenant, name);
    const standing = await askLog(this.#redis.hget<string>(REGISTRY, field), signal);
    // Compared as it was read, and as the text that the script compares: the record of another release has other keys.
    if (standing === null || !isSameRecord(standing, record)) return null;
    const keys = [REGISTRY, headKey(incarnation), streamKey(incarnation), dirtyKey(incarnation)];
    const args = [
      incarnation,
      seenTerm,
      next.term,
      next.primary,
      field,
      standing,
      JSON.stringify(next),
      ...originOf(incarnation),
    ];
    const reply = texts(await evalLog(this.#redis, PROMOTE, keys, args, signal));
    switch (reply[0]) {
      case "promoted":
        return readReading(reply);
      case "stale-term":
      case "stale-record":
        return null;
      case "unknown-collection":
        throw new Problem("not-found", "The log holds no such collection.");
      case "end-missing":
        throw new Problem(
          "log-unavailable",
          "The log's last entries were taken out by hand: it needs an operator, or a restore from a snapshot.",
        );
      default:
        throw new Problem("log-unavailable", "The log gave an answer that is not one of its own.");
    }
  }
}

/** Term and chain. */
function originOf(incarnation: string): [number, string] {
  const { term, chain } = originPoint(incarnation, FIRST_TERM);
  return [term, chain];
}

function isSameRecord(standing: string, record: CollectionRecord): boolean {
  const { incarnation, term, shardMaps } = CollectionRecord.parse(JSON.parse(standing));
  return (
    incarnation === record.incarnation &&
    term === record.term &&
    canonicalJson(shardMaps) === canonicalJson(record.shardMaps)
  );
}
