import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { StoreLayout } from "../ports/store.ts";

/** How a collection lies in the store. Shards and fields never change within an incarnation and schema version. */
export function layoutOf(record: CollectionRecord): StoreLayout {
  return {
    key: `nf_${record.incarnation}_v${record.schemaVersion}`,
    shards: record.shards,
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
