import type { Redis } from "@upstash/redis";
import { z } from "zod";
import { ShardMap } from "../../shared/contracts/shard-map.ts";
import { abortable } from "../../shared/std/abortable.ts";
import type { ResyncCause, ResyncNote, ResyncNotes, SpentTables } from "../ports/resync-notes.ts";

const ASKED = "nf:resync";
/** Fields and values, one after the other: HGETALL's own form differs with the client's settings. KEYS notes. */
const NOTES = "return redis.call('HGETALL', KEYS[1])";
/** Before the reason, where it is not the line: a note of an earlier release is of that. */
const CONTENT = "content: ";
/** KEYS notes; ARGV incarnation, note, what a note begins with that one of the line leaves as it is. */
const ASK = `
local known = redis.call('HGET', KEYS[1], ARGV[1])
local stronger = known and string.sub(known, 1, #ARGV[3]) == ARGV[3]
if stronger and string.sub(ARGV[2], 1, #ARGV[3]) ~= ARGV[3] then return 0 end
return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
`;
/** KEYS notes; ARGV incarnation, note. */
const SETTLE = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
return redis.call('HDEL', KEYS[1], ARGV[1])
`;
const NOTE_CHARS_MAX = 300;
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
    const args = [incarnation, noteOf({ cause, why }), CONTENT];
    await abortable(this.#redis.eval(ASK, [ASKED], args), signal);
  }

  async asked(signal: AbortSignal): Promise<ReadonlyMap<string, ResyncNote>> {
    const read = this.#redis.eval(NOTES, [ASKED], []);
    const notes = z.array(z.string()).parse(await abortable(read, signal));
    const asked = notes.flatMap((text, i): [string, ResyncNote][] => {
      const note = notes[i + 1];
      if (i % 2 === 1 || note === undefined) return [];
      if (!note.startsWith(CONTENT)) return [[text, { cause: "line", why: note }]];
      return [[text, { cause: "content", why: note.slice(CONTENT.length) }]];
    });
    return new Map(asked);
  }

  async settle(incarnation: string, note: ResyncNote, signal: AbortSignal): Promise<void> {
    await abortable(this.#redis.eval(SETTLE, [ASKED], [incarnation, noteOf(note)]), signal);
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

function noteOf({ cause, why }: ResyncNote): string {
  return `${cause === "content" ? CONTENT : ""}${why}`.slice(0, NOTE_CHARS_MAX);
}

function spentKey(incarnation: string): string {
  return `nf:{${incarnation}}:spent`;
}

function fieldOf({ map, tables }: SpentTables): string {
  return `${tables}/${map.version}`;
}
