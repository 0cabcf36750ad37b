import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import { wantedMap, type CollectionRecord } from "../../shared/contracts/collection.ts";
import type { Resharding, ShardMap } from "../../shared/contracts/shard-map.ts";
import { createPlacement, type Placement } from "../../shared/domain/shard-map.ts";
import { required } from "../../shared/std/assert.ts";
import type { VectorStore } from "../ports/store.ts";
import { laidOut, type LaidOut } from "./layout.ts";

/** A collection's data in this region: by which map it lies, and how far it is. */
export interface Held extends LaidOut {
  /** Null: the region has never held any of it. */
  readonly checkpoint: Checkpoint | null;
}

const KNOWN_MAX = 1_000;

/**
 * Where collections lie in this region. Each layout's last checkpoint says whether the data has moved on to another shard map,
 * and a region moves by itself: so a record that is out of date still leads to the data, and no region waits for another.
 */
export class Placements {
  readonly #store: VectorStore;
  /** By incarnation: the newest map that data was found to have moved to. Never goes back. */
  readonly #moved = new Map<string, ShardMap>();
  readonly #placements = new Map<string, Placement>();

  constructor(store: VectorStore) {
    this.#store = store;
  }

  async read(record: CollectionRecord, signal: AbortSignal): Promise<Held> {
    const { incarnation, shardMaps } = record;
    let map = this.#moved.get(incarnation) ?? required(shardMaps[0], "a record has a map");
    for (;;) {
      const laid = laidOut(record, map);
      const checkpoint = await this.#store.readCheckpoint(laid.layout, signal);
      const to = checkpoint?.moved?.to;
      if (to !== undefined) {
        remember(this.#moved, incarnation, to);
        map = to;
        continue;
      }
      const { version } = map;
      const next = checkpoint === null ? shardMaps.find((of) => of.version > version) : undefined;
      if (next === undefined) return { ...laid, checkpoint };
      map = next;
    }
  }

  /** How far the region is on its way to the map that the collection is to have, with all vectors; null where it is there. */
  async resharding(
    record: CollectionRecord,
    held: Pick<Held, "map" | "checkpoint">,
    signal: AbortSignal,
  ): Promise<Resharding | null> {
    const to = wantedMap(record);
    if (held.map.version >= to.version) {
      const { unfilled = [] } = held.checkpoint ?? {};
      if (unfilled.length === 0) return null;
      return { toShards: held.map.shards, phase: "embedding", copied: null };
    }
    const checkpoint = await this.#store.readCheckpoint(laidOut(record, to).layout, signal);
    if (checkpoint === null) return { toShards: to.shards, phase: "waiting", copied: 0 };
    const { filling } = checkpoint;
    const phase = filling === undefined ? "catching-up" : "copying";
    return { toShards: to.shards, phase, copied: filling?.copied ?? null };
  }

  placement({ incarnation }: Pick<CollectionRecord, "incarnation">, map: ShardMap): Placement {
    const key = `${incarnation}/${map.version}`;
    const known = this.#placements.get(key);
    if (known !== undefined) return known;
    const made = createPlacement(map);
    remember(this.#placements, key, made);
    return made;
  }
}

function remember<T>(known: Map<string, T>, key: string, value: T): void {
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(key, value);
}
