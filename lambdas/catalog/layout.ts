import type { CollectionRecord, LaidOutCollection } from "../../shared/contracts/collection.ts";
import type { ShardMap } from "../../shared/contracts/shard-map.ts";
import type { StoreLayout } from "../ports/store.ts";

/** How a collection lies on the shards of one of its maps. */
export interface LaidOut {
  readonly collection: LaidOutCollection;
  readonly map: ShardMap;
  /** Number of the resync that made these tables; 0 for those that the collection began with, or was moved to from them. */
  readonly tables: number;
  readonly layout: StoreLayout;
}

/** Of the form that rows have in a store: another one would need tables of its own. */
const ROW_FORM = 1;

/** The map and the number of the tables decide it, within an incarnation. */
export function laidOut(record: CollectionRecord, map: ShardMap, tables = 0): LaidOut {
  const spaces = map.spaces ?? record.spaces;
  const schemaVersion = map.schemaVersion ?? record.schemaVersion;
  const layout = {
    key: `nf_${record.incarnation}_v${ROW_FORM}_m${map.version}${tables === 0 ? "" : `_f${tables}`}`,
    shards: map.shards,
    lexical: record.lexical !== null,
    spaces: Object.entries(spaces).map(([name, { dimension, metric, index }]) => ({
      name,
      dimension,
      metric,
      ...(index === undefined ? {} : { index }),
    })),
    fields: Object.entries(record.fields).map(([name, type]) => ({ name, type })),
  };
  const { shardMaps: _, ...rest } = record;
  return { collection: { ...rest, spaces, schemaVersion }, map, tables, layout };
}
