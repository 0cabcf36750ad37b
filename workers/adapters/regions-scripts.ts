/** KEYS kept; ARGV version, record. 1 where it was newer than what is kept. */
export const KEEP_REGIONS = `
local held = redis.call('HGET', KEYS[1], 'version')
if held and tonumber(held) >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'record', ARGV[2])
return 1
`;

/**
 * KEYS published, kept; ARGV bytes at most, what was read (a key that is not there reads as an empty one), version, record.
 * What is too large was read in part: whatever the rest is, it is no record. A location may have brought the same one here already,
 * to be kept, from where it was published first. 1 where it was published.
 */
export const PUBLISH_REGIONS = `
if redis.call('GETRANGE', KEYS[1], '0', ARGV[1]) ~= ARGV[2] then return 0 end
local held = redis.call('HMGET', KEYS[2], 'version', 'record')
if held[1] then
  local version = tonumber(held[1])
  if version > tonumber(ARGV[3]) or (version == tonumber(ARGV[3]) and held[2] ~= ARGV[4]) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[4])
redis.call('HSET', KEYS[2], 'version', ARGV[3], 'record', ARGV[4])
return 1
`;
