import type { Redis } from "@upstash/redis";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { readStanding, watchListKeys } from "../../shared/contracts/watch-list.ts";
import type { LogTime } from "../../shared/domain/log-clock.ts";
import type { Point } from "../../shared/domain/point.ts";
import type { RightUpTo } from "../../shared/domain/right-up-to.ts";
import { abortable } from "../../shared/std/abortable.ts";
import type { KnownList, ListStep, LoadedList, WatchList } from "../ports/watch-list.ts";
import { BEGIN, LOAD, PUBLISH, REGISTER_ENTRY, STANDS } from "./watch-scripts.ts";

/** Records of one reply: as many as fit half of what it may hold, since they are quoted as JSON on their way. */
const LOAD_RECORDS = 500;
const LOAD_BYTES = LIMITS.redisCallBytesMax / 2;

/** Watch lists in the region's own Redis. */
export class UpstashWatchList implements WatchList {
  readonly #redis: Redis;
  readonly #limits: { readonly entries: number; readonly bytes: number };

  constructor(
    redis: Redis,
    limits: { readonly entries: number; readonly bytes: number } = {
      entries: LIMITS.watchedMax,
      bytes: LIMITS.watchedBytesMax,
    },
  ) {
    this.#redis = redis;
    this.#limits = limits;
  }

  async begin(
    incarnation: string,
    wid: string,
    fence: number,
    at: RightUpTo,
    signal: AbortSignal,
  ): Promise<boolean> {
    const args = [wid, fence, ...pointArgs(at.point), ...timeArgs(at.confirmed)];
    return Number(await this.#eval(BEGIN, incarnation, args, signal)) === 1;
  }

  async register(
    incarnation: string,
    at: Point,
    entryId: string,
    record: string,
    signal: AbortSignal,
  ): Promise<"registered" | "refused" | "absent"> {
    const { entries, bytes } = this.#limits;
    const args = [...pointArgs(at), entryId, record, entries, bytes];
    const outcome = await this.#eval(REGISTER_ENTRY, incarnation, args, signal);
    return outcome === "registered" || outcome === "absent" ? outcome : "refused";
  }

  async load(
    incarnation: string,
    known: KnownList | null,
    signal: AbortSignal,
  ): Promise<LoadedList | null> {
    const first = await this.#page(incarnation, known, signal);
    if (first === null) return null;
    const { more, ...loaded } = first;
    const records = [...loaded.records];
    let { seq, whole } = loaded;
    for (let unread = more; unread && whole;) {
      const page = await this.#page(incarnation, { wid: loaded.wid, seq }, signal);
      if (page === null) return null;
      // Where the list stands at the first page is where the step begins; one that was begun meanwhile has other records.
      whole = page.whole && page.wid === loaded.wid;
      seq = page.seq;
      records.push(...page.records);
      unread = page.more;
    }
    return { ...loaded, anew: loaded.wid !== known?.wid, seq, whole, records };
  }

  async publish(incarnation: string, step: ListStep, signal: AbortSignal): Promise<boolean> {
    const { known, fence, from, to, drops } = step;
    const args = [
      known.wid,
      fence,
      from.position,
      from.chain,
      known.seq,
      ...pointArgs(to.point),
      ...timeArgs(to.confirmed),
      ...drops,
    ];
    return Number(await this.#eval(PUBLISH, incarnation, args, signal)) === 1;
  }

  async stands(
    incarnation: string,
    entryId: string | null,
    at: RightUpTo,
    signal: AbortSignal,
  ): Promise<boolean> {
    const args = [entryId ?? "", ...pointArgs(at.point), ...timeArgs(at.confirmed)];
    return Number(await this.#eval(STANDS, incarnation, args, signal)) === 1;
  }

  async end(incarnation: string, signal: AbortSignal): Promise<void> {
    const { list, records } = watchListKeys(incarnation);
    await abortable(this.#redis.del(list, records), signal);
  }

  async #page(
    incarnation: string,
    known: KnownList | null,
    signal: AbortSignal,
  ): Promise<(Omit<LoadedList, "anew"> & { readonly more: boolean }) | null> {
    const args = [known?.wid ?? "", known?.seq ?? 0, LOAD_RECORDS, LOAD_BYTES];
    const reply = await this.#eval(LOAD, incarnation, args, signal);
    if (!Array.isArray(reply) || reply.length === 0) return null;
    const [wid, fence, ...rest] = reply.map((part: unknown) => part);
    const standing = readStanding(rest.slice(0, 6));
    if (standing === null) throw new Error("the watch list says something that is not its own");
    const [seq, size, whole, more, rows] = rest.slice(6);
    return {
      wid: String(wid),
      fence: Number(fence),
      ...standing,
      seq: Number(seq),
      size: Number(size),
      whole: whole === "1",
      more: more === "1",
      records: readRecords(rows),
    };
  }

  #eval(
    script: string,
    incarnation: string,
    args: readonly (string | number)[],
    signal: AbortSignal,
  ): Promise<unknown> {
    const { list, records } = watchListKeys(incarnation);
    const call = this.#redis.eval<string[]>(script, [list, records], args.map(String));
    return abortable(call, signal);
  }
}

function pointArgs({ term, position, chain }: Point): [number, number, string] {
  return [term, position, chain];
}

/** Three empty texts where the time is unknown. */
function timeArgs(time: LogTime | null): (string | number)[] {
  return time === null ? ["", "", ""] : [time.timeMs, time.term, time.step];
}

function readRecords(rows: unknown): { entryId: string; json: string }[] {
  if (!Array.isArray(rows)) return [];
  return rows.flatMap((row: unknown) =>
    Array.isArray(row) ? [{ entryId: String(row[0]), json: String(row[1]) }] : [],
  );
}
