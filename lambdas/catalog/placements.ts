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

/** Where a collection's data may lie: by which map, in which tables of it. */
export type Place = Pick<LaidOut, "map" | "tables">;

const KNOWN_MAX = 1_000;

/**
 * Where collections lie in this region. Each layout's last checkpoint says whether the data has moved on to another shard map or
 * to new tables, and a region moves by itself: so a record that is out of date still leads to the data, and no region waits for
 * another.
 */
export class Placements {
  readonly #store: VectorStore;
  /** By incarnation: the newest place that data was found to have moved to. Never goes back. */
  readonly #moved = new Map<string, Place>();
  readonly #placements = new Map<string, Placement>();

  constructor(store: VectorStore) {
    this.#store = store;
  }

  async read(record: CollectionRecord, signal: AbortSignal): Promise<Held> {
    const { incarnation, shardMaps } = record;
    const first = { map: required(shardMaps[0], "a record has a map"), tables: 0 };
    let place = this.#moved.get(incarnation) ?? first;
    for (;;) {
      const laid = laidOut(record, place.map, place.tables);
      const checkpoint = await this.#store.readCheckpoint(laid.layout, signal);
      const moved = checkpoint?.moved;
      if (moved !== undefined) {
        place = { map: moved.to, tables: moved.tables ?? 0 };
        remember(this.#moved, incarnation, place);
        continue;
      }
      const { version } = place.map;
      const next = checkpoint === null ? shardMaps.find((of) => of.version > version) : undefined;
      if (next === undefined) return { ...laid, checkpoint };
      place = { map: next, tables: 0 };
    }
  }

  /** How far the region is on its way to the map that the collection is to have, with all vectors; null where it is there. */
  async resharding(
    record: CollectionRecord,
    held: Pick<Held, "map" | "tables" | "checkpoint">,
    signal: AbortSignal,
  ): Promise<Resharding | null> {
    const to = wantedMap(record);
    if (held.map.version >= to.version) {
      const { unfilled = [] } = held.checkpoint ?? {};
      if (unfilled.length === 0) return null;
      return { toShards: held.map.shards, phase: "embedding", copied: null };
    }
    const checkpoint = await this.#store.readCheckpoint(
      laidOut(record, to, held.tables).layout,
      signal,
    );
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
