/**
 * Commands that can't change what Redis holds: all others are journalled, unknown ones too.
 * EVAL_RO and EVALSHA_RO are missing on purpose: they fill the script cache, on which a later EVALSHA may rest.
 */
const READ_ONLY: ReadonlySet<string> = new Set(
  `BITCOUNT BITPOS COMMAND DBSIZE ECHO EXISTS EXPIRETIME GEODIST GEOHASH GEOPOS GEOSEARCH GET GETBIT GETRANGE HEXISTS
  HEXPIRETIME HGET HGETALL HKEYS HLEN HMGET HPEXPIRETIME HPTTL HRANDFIELD HSCAN HSTRLEN HTTL HVALS INFO KEYS LASTSAVE
  LCS LINDEX LLEN LPOS LRANGE MGET PEXPIRETIME PING PTTL RANDOMKEY SCAN SCARD SDIFF SINTER SINTERCARD SISMEMBER
  SMEMBERS SMISMEMBER SRANDMEMBER SSCAN STRLEN SUBSTR SUNION TIME TTL TYPE XINFO XLEN XPENDING XRANGE XREAD XREVRANGE
  ZCARD ZCOUNT ZDIFF ZINTER ZINTERCARD ZLEXCOUNT ZMSCORE ZRANDMEMBER ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANK ZREVRANGE
  ZREVRANGEBYLEX ZREVRANGEBYSCORE ZREVRANK ZSCAN ZSCORE ZUNION PUBLISH`.split(/\s+/),
);

/** Whether a command of this name, in any case, may be left out of the journal. */
export function isReadOnly(name: string): boolean {
  return READ_ONLY.has(name.toUpperCase());
}

/** For the test that compares this list with the engine's own flags. */
export function readOnlyNames(): readonly string[] {
  return [...READ_ONLY];
}
