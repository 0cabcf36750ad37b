import type { Redis } from "@upstash/redis";
import { z } from "zod";
import { ShardMap } from "../../shared/contracts/shard-map.ts";
import { abortable } from "../../shared/std/abortable.ts";
import type { ResyncCause, ResyncNotes, SpentTables } from "../ports/resync-notes.ts";

const ASKED = "nf:resync";
/** Fields and values, one after the other: HGETALL's own form differs with the client's settings. KEYS notes. */
const NOTES = "return redis.call('HGETALL', KEYS[1])";
/** Before the reason, where it is not the line: a note of an earlier release is of that. */
const CONTENT = "content: ";
const Spent = z.strictObject({ map: ShardMap, tables: z.int().min(0), atMs: z.int() });

/** In the region's own Redis: a hash of incarnations, and one a collection of tables, by the number of the resync and of the map. */
export class UpstashResyncNotes implements ResyncNotes {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async ask(
    incarnation: string,
    cause: ResyncCause,
    why: string,
    signal: AbortSignal,
  ): Promise<void> {
    const note = `${cause === "content" ? CONTENT : ""}${why}`.slice(0, 300);
    await abortable(this.#redis.hset(ASKED, { [incarnation]: note }), signal);
  }

  async asked(signal: AbortSignal): Promise<ReadonlyMap<string, ResyncCause>> {
    const read = this.#redis.eval(NOTES, [ASKED], []);
    const notes = z.array(z.string()).parse(await abortable(read, signal));
    const causes = notes.flatMap((text, i): [string, ResyncCause][] => {
      const note = notes[i + 1];
      if (i % 2 === 1 || note === undefined) return [];
      return [[text, note.startsWith(CONTENT) ? "content" : "line"]];
    });
    return new Map(causes);
  }

  async settle(incarnation: string, signal: AbortSignal): Promise<void> {
    await abortable(this.#redis.hdel(ASKED, incarnation), signal);
  }

  async addSpent(incarnation: string, spent: SpentTables, signal: AbortSignal): Promise<void> {
    const field = { [fieldOf(spent)]: JSON.stringify(spent) };
    await abortable(this.#redis.hset(spentKey(incarnation), field), signal);
  }

  async spent(incarnation: string, signal: AbortSignal): Promise<SpentTables[]> {
    const values = await abortable(
      this.#redis.hvals(spentKey(incarnation)) as Promise<readonly unknown[]>,
      signal,
    );
    return values.map((json) => Spent.parse(JSON.parse(String(json))));
  }

  async removeSpent(incarnation: string, spent: SpentTables, signal: AbortSignal): Promise<void> {
    await abortable(this.#redis.hdel(spentKey(incarnation), fieldOf(spent)), signal);
  }
}

function spentKey(incarnation: string): string {
  return `nf:{${incarnation}}:spent`;
}

function fieldOf({ map, tables }: SpentTables): string {
  return `${tables}/${map.version}`;
}
