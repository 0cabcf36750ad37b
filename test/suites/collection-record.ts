import type { CollectionRecord } from "../../shared/contracts/collection.ts";

/** A collection of one shard, without spaces or fields of its own. */
export function collectionRecord(more: Partial<CollectionRecord>): CollectionRecord {
  return {
    tenant: "t",
    name: "c",
    incarnation: "aaaaaaaaaaaa",
    primary: "us-east-1",
    term: 1,
    schemaVersion: 1,
    spaces: {},
    fields: {},
    lexical: null,
    shardMaps: [{ version: 1, shards: 1, key: { by: "id" } }],
    ...more,
  };
}
