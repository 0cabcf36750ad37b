import type { RedisDatabase } from "js-redis-server/core";

type RedisHashData = NonNullable<ReturnType<RedisDatabase["getHash"]>>;

/**
 * js-redis-server copies a whole key for every read, and once more for every write's listeners: at 20,000 entries of 2 KB
 * an XADD took 44 ms and an XREVRANGE of one entry 52 ms. Commands only read what these methods return, and every reply
 * is encoded before the next command runs, so they may see the live value. Nobody listens: the REST protocol has no
 * WATCH and no blocking commands, and keyspace notifications are off.
 */
export function readLive(database: RedisDatabase): void {
  database.mutations.emit = () => undefined;
  database.getStream = (key) =>
    database.getType(key) === null ? null : database.updateStream(key, (stream) => stream.value);
  database.getSortedSet = (key) =>
    database.getType(key) === null
      ? null
      : database.updateSortedSet(key, (set) => ({ type: "zset", members: new Map(set.entries()) }));
  const copyHash = database.getHash.bind(database);
  database.getHash = (key) => {
    if (database.getType(key) === null) return null;
    const live: unknown = database.updateHash(key, (hash) => Reflect.get(hash, "hash"));
    return isHash(live) ? live : copyHash(key);
  };
}

function isHash(value: unknown): value is RedisHashData {
  return (
    typeof value === "object" &&
    value !== null &&
    "type" in value &&
    value.type === "hash" &&
    "fields" in value
  );
}
