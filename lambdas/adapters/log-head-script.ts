import { LINE_TERMS_MAX } from "../../shared/domain/line.ts";

/**
 * What every script of the log that answers or changes head, entries or time begins with: it reads head, and compares the engine's
 * run id and the stream's last id with it. Where they differ the engine was restarted, or has lost something, and nothing is
 * answered or changed until a promotion.
 *
 * An engine that serves no run id (its INFO has none) is compared by the stream's last id alone. A head without one, of before there
 * were promotions, takes the first that it meets; its stream has one term.
 */
export const HEAD = `
local function whole(n) return string.format('%.0f', n) end
local function run_id()
  local info = redis.pcall('INFO', 'server')
  if type(info) ~= 'string' then return '' end
  return string.match(info, 'run_id:(%w+)') or ''
end
local function last_id(stream)
  if redis.call('EXISTS', stream) == 0 then return '0-0' end
  local info = redis.call('XINFO', 'STREAM', stream)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then return info[i + 1] end
  end
  return ''
end
local function read_head(key, incarnation)
  local h = redis.call('HMGET', key, 'incarnation', 'term', 'position', 'chain', 'schemaVersion', 'run', 'entryTerm', 'terms', 'start', 'sealed')
  if not h[1] or h[1] ~= incarnation then return nil end
  return {term = h[2], position = h[3], chain = h[4], schema = h[5], run = h[6] or '', entry_term = h[7] or h[2], terms = h[8] or (h[2] .. ':1'), start = h[9] or '1', sealed = h[10] or '0'}
end
local function stands(key, stream, head)
  local run = run_id()
  if head.run ~= '' and run ~= '' and head.run ~= run then return false end
  local id = last_id(stream)
  local is_empty = id == '0-0' and tonumber(head.position) == tonumber(head.start) - 1
  if id ~= head.position .. '-' .. head.entry_term and not is_empty then return false end
  if head.run == '' and run ~= '' then redis.call('HSET', key, 'run', run) end
  return true
end
-- Whether head ends before what somebody holds of its very term.
local function has_lost_tail(head, term, position, chain)
  local mine, seen = tonumber(head.position), tonumber(position)
  return term == head.term and (seen > mine or (seen == mine and chain ~= head.chain))
end
local function is_on_line(head, term, position)
  if position > tonumber(head.position) then return false end
  local mine, after = nil, nil
  for t, first in string.gmatch(head.terms, '(%d+):(%d+)') do
    if tonumber(t) == term then mine = tonumber(first) end
    if tonumber(t) > term and not after then after = tonumber(first) end
  end
  return mine ~= nil and position >= mine and (after == nil or position < after)
end
`;

/** The terms of a log once it has an entry at `first`, in head's term. */
export const TERMS = `
local function terms_with(head, first)
  if head.entry_term == head.term then return head.terms end
  local terms = head.terms .. (head.terms == '' and '' or ',') .. head.term .. ':' .. whole(first)
  local _, count = string.gsub(terms, ':', ':')
  if count > ${LINE_TERMS_MAX} then terms = string.gsub(terms, '^%d+:%d+,', '') end
  return terms
end
`;

/** Log time = the engine's time + offset; never less than the last one given out. Where the clock fell, `step` rises. */
export const LOG_TIME = `
local function engine_ms()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
local function log_time(head)
  local h = redis.call('HMGET', head, 'time', 'step', 'offset')
  local last, step, offset = tonumber(h[1]), tonumber(h[2]), tonumber(h[3])
  local now = engine_ms() + offset
  if now < last then
    offset = offset + (last - now)
    step = step + 1
    now = last
  end
  redis.call('HSET', head, 'time', whole(now), 'step', whole(step), 'offset', whole(offset))
  return whole(now), whole(step)
end
`;

/** Entries of the stream: what one is as it was appended, and how it lies there. */
export const ENTRY = `
local function bytes_of(entry, reference)
  if reference == '' then return #entry end
  return tonumber(string.match(reference, ':(%d+)$'))
end
local function add_entry(stream, id, entry, reference, digest, chain, now, step)
  if reference == '' then
    redis.call('XADD', stream, id, 'e', entry, 'd', digest, 'c', chain, 't', now, 's', step)
  else
    redis.call('XADD', stream, id, 'e', '', 'r', reference, 'd', digest, 'c', chain, 't', now, 's', step)
  end
end
`;

/** Shares of the log's memory from which on writers are slowed down, and refused. */
export const LOG_MEMORY = { slowedShare: 0.7, refusedShare: 0.85 } as const;

/** 0 where the engine has no limit, or tells none. */
export const MEMORY = `
local function memory_share()
  local info = redis.pcall('INFO', 'memory')
  if type(info) ~= 'string' then return 0 end
  local used, limit = string.match(info, '[\\r\\n]used_memory:(%d+)'), string.match(info, '[\\r\\n]maxmemory:(%d+)')
  if not used or not limit or tonumber(limit) == 0 then return 0 end
  return tonumber(used) / tonumber(limit)
end
`;
