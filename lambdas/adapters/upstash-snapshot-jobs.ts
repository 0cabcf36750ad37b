import type { Redis } from "@upstash/redis";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { SnapshotJob } from "../../shared/contracts/snapshot.ts";
import type { SnapshotJobs } from "../ports/snapshot-jobs.ts";
import { askLog, evalLog } from "./ask-log.ts";

const JOBS = "nf:snapshot-jobs";
const JOBS_MAX = 200;

/**
 * KEYS jobs; ARGV id, job, jobs at most, how a tenant's are known, open ones of a tenant at most or nothing. In JSON a quote within a
 * text has a backslash before it, so these texts are found only where they are fields. Where there are as many as may be, one that is
 * over gives way: the tenant's own if it has any, the oldest of them.
 */
const ADD = `
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known then return known end
local function has(job, text) return string.find(job, text, 1, true) ~= nil end
local jobs = redis.call('HGETALL', KEYS[1])
local open, spare, least = 0, nil, nil
for i = 1, #jobs, 2 do
  local job = jobs[i + 1]
  local own = has(job, ARGV[4])
  if has(job, '"state":"done"') or has(job, '"state":"failed"') then
    local rank = tonumber(string.match(job, '"changedMs":(%d+)') or '0')
    if not own then rank = rank + 1e14 end
    if not least or rank < least then spare, least = jobs[i], rank end
  elseif own and not has(job, '"forResync":true') then open = open + 1 end
end
if ARGV[5] ~= '' and open >= tonumber(ARGV[5]) then return 'enough' end
if #jobs / 2 >= tonumber(ARGV[3]) then
  if not spare then return 'full' end
  redis.call('HDEL', KEYS[1], spare)
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return ARGV[2]
`;

/** A hash in the log's Redis. */
export class UpstashSnapshotJobs implements SnapshotJobs {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async add(job: SnapshotJob, signal: AbortSignal): Promise<SnapshotJob> {
    const { id, tenant, work } = job;
    const forResync = work.kind === "snapshot" && work.forResync;
    const own = `"tenant":${JSON.stringify(tenant)}`;
    const openMax = forResync ? "" : LIMITS.snapshotJobsPerTenantMax;
    const args = [id, JSON.stringify(job), JOBS_MAX, own, openMax];
    const standing = String(await evalLog(this.#redis, ADD, [JOBS], args, signal));
    if (standing === "enough")
      throw new Problem(
        "limit-exceeded",
        `A tenant has at most ${LIMITS.snapshotJobsPerTenantMax} snapshots and restores waiting; GET /v1/snapshots tells how far they are.`,
      );
    if (standing === "full")
      throw new Problem("overloaded", `${JOBS_MAX} snapshots and restores are waiting already.`);
    return SnapshotJob.parse(JSON.parse(standing));
  }

  async all(signal: AbortSignal): Promise<SnapshotJob[]> {
    const values = await askLog(this.#redis.hvals(JOBS) as Promise<readonly unknown[]>, signal);
    // What another release wrote is its own business.
    return values.flatMap((json) => SnapshotJob.safeParse(JSON.parse(String(json))).data ?? []);
  }

  async put(job: SnapshotJob, signal: AbortSignal): Promise<void> {
    await askLog(this.#redis.hset(JOBS, { [job.id]: JSON.stringify(job) }), signal);
  }

  async remove(id: string, signal: AbortSignal): Promise<void> {
    await askLog(this.#redis.hdel(JOBS, id), signal);
  }
}
