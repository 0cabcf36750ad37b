import type { Redis } from "@upstash/redis";
import { Problem } from "../../shared/contracts/problems.ts";
import type { Point } from "../../shared/domain/point.ts";
import type { LogTail, LogUpkeep, RegionReport } from "../ports/log-upkeep.ts";
import { NAMED } from "./log-scripts.ts";
import { REPORT, REPORTS, TAIL, TRIM, TRIMMED_AT_ONCE } from "./trim-scripts.ts";
import { evalLog } from "./ask-log.ts";
import { refuseUnread, texts } from "./log-replies.ts";
import { headKey, streamKey } from "./log-keys.ts";

/** Entries looked through by one call: a script holds up everybody else. */
const NAMED_AT_ONCE = 500;

/** Trims the log on Redis, behind Upstash's REST protocol. */
export class UpstashLogUpkeep implements LogUpkeep {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async tail(incarnation: string, signal: AbortSignal): Promise<LogTail> {
    const reply = texts(await evalLog(this.#redis, TAIL, [headKey(incarnation)], [], signal));
    const [, term, position, chain, start, bytes] = known(reply);
    return {
      head: { term: Number(term), position: Number(position), chain: String(chain) },
      start: Number(start),
      bytes: Number(bytes),
    };
  }

  async namedSegments(incarnation: string, signal: AbortSignal): Promise<Set<string>> {
    const keys = [headKey(incarnation), streamKey(incarnation)];
    const named = new Set<string>();
    for (let from = "-"; from !== "";) {
      const args = [incarnation, from, NAMED_AT_ONCE];
      const reply = await evalLog(this.#redis, NAMED, keys, args, signal);
      const [kind, next, names]: unknown[] = Array.isArray(reply) ? reply : [];
      refuseUnread(String(kind));
      if (kind !== "named" || !Array.isArray(names))
        throw new Error("the log gave an answer that is not one of its own");
      for (const name of texts(names)) named.add(name);
      from = String(next);
    }
    return named;
  }

  async report(
    incarnation: string,
    region: string,
    { position }: Point,
    signal: AbortSignal,
  ): Promise<void> {
    await evalLog(this.#redis, REPORT, [reportsKey(incarnation)], [region, position], signal);
  }

  async reports(incarnation: string, signal: AbortSignal): Promise<RegionReport[]> {
    const reply = await evalLog(this.#redis, REPORTS, [reportsKey(incarnation)], [], signal);
    return (Array.isArray(reply) ? reply : []).map((row) => {
      const [region = "", position, silentMs] = texts(row);
      return { region, position: Number(position), silentMs: Number(silentMs) };
    });
  }

  async trim(
    incarnation: string,
    { position, chain }: Point,
    silentMsMax: number,
    signal: AbortSignal,
  ): Promise<{ start: number; more: boolean } | null> {
    const keys = [headKey(incarnation), streamKey(incarnation), reportsKey(incarnation)];
    const args = [incarnation, position, chain, silentMsMax, TRIMMED_AT_ONCE];
    const [kind, start, more] = known(texts(await evalLog(this.#redis, TRIM, keys, args, signal)));
    return kind === "trimmed" ? { start: Number(start), more: more === "1" } : null;
  }
}

function reportsKey(incarnation: string): string {
  return `nf:{${incarnation}}:regions`;
}

function known(reply: string[]): string[] {
  if (reply[0] === "unknown-collection")
    throw new Problem("not-found", "The log holds no such collection.");
  return reply;
}
