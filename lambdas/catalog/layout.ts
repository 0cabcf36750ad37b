import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { ShardMap } from "../../shared/contracts/shard-map.ts";
import type { StoreLayout } from "../ports/store.ts";

/** How a collection lies in the store by one of its shard maps. Spaces and fields never change within an incarnation and schema version. */
export function layoutOf(record: CollectionRecord, map: ShardMap): StoreLayout {
  return {
    key: `nf_${record.incarnation}_v${record.schemaVersion}_m${map.version}`,
    shards: map.shards,
    lexical: record.lexical !== null,
    spaces: Object.entries(record.spaces).map(([name, { dimension, metric, index }]) => ({
      name,
      dimension,
      metric,
      ...(index === undefined ? {} : { index }),
    })),
    fields: Object.entries(record.fields).map(([name, type]) => ({ name, type })),
  };
}
