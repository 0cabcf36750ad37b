import type { Redis } from "@upstash/redis";
import { z } from "zod";
import { ShardMap } from "../../shared/contracts/shard-map.ts";
import { abortable } from "../../shared/std/abortable.ts";
import type { ResyncNotes, SpentTables } from "../ports/resync-notes.ts";

const ASKED = "nf:resync";
const Spent = z.strictObject({ map: ShardMap, tables: z.int().min(0), atMs: z.int() });

/** In the region's own Redis: a hash of incarnations, and one a collection of tables, by the number of the resync and of the map. */
export class UpstashResyncNotes implements ResyncNotes {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async ask(incarnation: string, why: string, signal: AbortSignal): Promise<void> {
    await abortable(this.#redis.hset(ASKED, { [incarnation]: why.slice(0, 300) }), signal);
  }

  async asked(signal: AbortSignal): Promise<ReadonlySet<string>> {
    return new Set(await abortable(this.#redis.hkeys(ASKED), signal));
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
