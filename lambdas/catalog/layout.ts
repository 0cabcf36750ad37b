import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { ShardMap } from "../../shared/contracts/shard-map.ts";
import type { StoreLayout } from "../ports/store.ts";

/** A collection's data by one of its shard maps. */
export interface Lying {
  /** The collection with the spaces and the schema version of the map. */
  readonly record: CollectionRecord;
  readonly map: ShardMap;
  readonly layout: StoreLayout;
}

/** Of the form that rows have in a store: another one would need tables of its own. */
const ROW_FORM = 1;

/** How a collection lies in the store by one of its shard maps. The map alone decides it, within an incarnation. */
export function lying(record: CollectionRecord, map: ShardMap): Lying {
  const spaces = map.spaces ?? record.spaces;
  const schemaVersion = map.schemaVersion ?? record.schemaVersion;
  const layout = {
    key: `nf_${record.incarnation}_v${ROW_FORM}_m${map.version}`,
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
  return { record: { ...record, spaces, schemaVersion }, map, layout };
}
