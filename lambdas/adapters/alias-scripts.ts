import { CONFIRM } from "./log-scripts.ts";

/** Scripts of aliases: one hash, the fields as the registry's, `<version> <collection>`. */

/** KEYS registry, aliases, version; ARGV field, the collection's field, its name, aliases at most. */
export const PUT_ALIAS = `
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return {'taken'} end
if redis.call('HEXISTS', KEYS[1], ARGV[2]) == 0 then return {'unknown-collection'} end
local known = redis.call('HGET', KEYS[2], ARGV[1])
if known then
  local version, name = string.match(known, '^(%d+) (.*)$')
  if name == ARGV[3] then return {'named', version} end
elseif redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[4]) then
  return {'full'}
end
local version = string.format('%.0f', redis.call('INCR', KEYS[3]))
redis.call('HSET', KEYS[2], ARGV[1], version .. ' ' .. ARGV[3])
return {'named', version}
`;

/** KEYS aliases. Fields and values, one after the other. */
export const LIST_ALIASES = `
return redis.call('HGETALL', KEYS[1])
`;

/** KEYS head, stream, aliases; ARGV incarnation, field, the collection's name. */
export const CONFIRM_ALIAS = `
local named = redis.call('HGET', KEYS[3], ARGV[2])
if not named or string.match(named, '^%d+ (.*)$') ~= ARGV[3] then return {'elsewhere'} end
${CONFIRM}`;
