/** Queries that a region's list holds at most; the coolest give way. */
export const HOT_MAX = 500;
/** Half of a query's heat is gone after this, ms. */
export const HALF_LIFE_MS = 600_000;
/** What is asked less than this often in a half life, about, is not hot: answering it ahead would cost a quiet deployment for ever. */
export const HEAT_MIN = 0.5;
/** A list that nobody adds to is forgotten, seconds. */
const KEPT_S = 24 * 3_600;

/**
 * Adds what was asked to the hot queries: KEYS heat, queries; ARGV now in half lives, at most so many, then triples of key, count
 * and query. Heat decays without anybody touching it: a count is worth 2^now, whatever the time it is compared at, and scores
 * are kept as logarithms to the base 2 so that they never overflow.
 *
 * @see Cormode, Shkapenyuk, Srivastava, Xu: "Forward Decay: A Practical Time Decay Model for Streaming Systems", ICDE 2009
 */
export const HEAT_UP = `
local function log2(n) return math.log(n) / math.log(2) end
for i = 3, #ARGV, 3 do
  local key = ARGV[i]
  local added = tonumber(ARGV[1]) + log2(tonumber(ARGV[i + 1]))
  local known = redis.call('ZSCORE', KEYS[1], key)
  local score = added
  if known then
    local old = tonumber(known)
    score = math.max(old, added) + log2(1 + 2 ^ -math.abs(old - added))
  end
  redis.call('ZADD', KEYS[1], string.format('%.9f', score), key)
  redis.call('HSET', KEYS[2], key, ARGV[i + 2])
end
local over = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[2])
if over > 0 then
  local cool = redis.call('ZRANGE', KEYS[1], '0', tostring(over - 1))
  for i = 1, #cool do
    redis.call('ZREM', KEYS[1], cool[i])
    redis.call('HDEL', KEYS[2], cool[i])
  end
end
redis.call('EXPIRE', KEYS[1], '${KEPT_S}')
redis.call('EXPIRE', KEYS[2], '${KEPT_S}')
return redis.call('ZCARD', KEYS[1])
`;
