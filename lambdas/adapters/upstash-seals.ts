import type { Redis } from "@upstash/redis";
import { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { LogEntry } from "../../shared/contracts/log-entry.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import type { SealOutcome, SealRequest, Seals, Tombstone } from "../ports/seals.ts";
import { askLog, evalLog } from "./ask-log.ts";
import {
  dirtyKey,
  headKey,
  recordField,
  REGISTRY,
  reportsKey,
  streamKey,
  TOMBSTONES,
} from "./log-keys.ts";
import { readTaken, texts } from "./log-replies.ts";
import { REMOVED, SEAL } from "./seal-scripts.ts";

/** Longer than any invocation that may still know the collection. */
const KEPT_MS = 24 * 3_600_000;
const WAITED_MS = 7 * 24 * 3_600_000;

/** Seals of the log on Redis, behind Upstash's REST protocol. */
export class UpstashSeals implements Seals {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async seal(
    record: CollectionRecord,
    { to, held }: SealRequest,
    signal: AbortSignal,
  ): Promise<SealOutcome> {
    const { incarnation, term, tenant, name } = record;
    const field = recordField(tenant, name);
    // Compared as it was read: the record of another release has other keys.
    const standing = (await askLog(this.#redis.hget<string>(REGISTRY, field), signal)) ?? "";
    const isOwn =
      standing !== "" && CollectionRecord.parse(JSON.parse(standing)).incarnation === incarnation;
    const entry: LogEntry = { v: 1, kind: "sealed", to };
    const json = JSON.stringify(entry);
    const keys = [
      REGISTRY,
      headKey(incarnation),
      streamKey(incarnation),
      dirtyKey(incarnation),
      TOMBSTONES,
    ];
    const args = [
      incarnation,
      term,
      held?.position ?? 0,
      held?.chain ?? "",
      held?.term ?? 0,
      sha256Hex(json),
      json,
      field,
      isOwn ? standing : "another one's",
      LIMITS.tombstonesMax,
    ];
    const reply = texts(await evalLog(this.#redis, SEAL, keys, args, signal));
    const kind = reply[0];
    switch (kind) {
      case "sealed": {
        const { point, now } = readTaken("appended", reply);
        return { kind, point, at: now };
      }
      case "stale-term":
      case "unknown-collection":
      case "log-restarted":
      case "stale-record":
      case "full":
        return { kind };
      default:
        throw new Problem("log-unavailable", "The log gave an answer that is not one of its own.");
    }
  }

  async tombstones(signal: AbortSignal): Promise<Tombstone[]> {
    const values = await askLog(
      this.#redis.hvals(TOMBSTONES) as Promise<readonly unknown[]>,
      signal,
    );
    return values.map((value) => readTombstone(String(value)));
  }

  async removed(
    incarnation: string,
    region: string,
    regions: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    const keys = [
      TOMBSTONES,
      headKey(incarnation),
      streamKey(incarnation),
      reportsKey(incarnation),
    ];
    const args = [incarnation, region, regions, KEPT_MS, WAITED_MS];
    return (await evalLog(this.#redis, REMOVED, keys, args, signal)) !== "kept";
  }
}

function readTombstone(value: string): Tombstone {
  const [, regions, ...record] = value.split(" ");
  return {
    record: CollectionRecord.parse(JSON.parse(record.join(" "))),
    removedBy: (regions ?? "").split(",").filter((region) => region !== ""),
  };
}
