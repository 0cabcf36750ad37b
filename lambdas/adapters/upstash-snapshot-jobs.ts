import type { Redis } from "@upstash/redis";
import { Problem } from "../../shared/contracts/problems.ts";
import { SnapshotJob } from "../../shared/contracts/snapshot.ts";
import type { SnapshotJobs } from "../ports/snapshot-jobs.ts";
import { askLog } from "./ask-log.ts";

const JOBS = "nf:snapshot-jobs";
const JOBS_MAX = 200;

/** KEYS jobs; ARGV id, job, jobs at most. */
const ADD = `
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known then return known end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 'full' end
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
    const args = [job.id, JSON.stringify(job), String(JOBS_MAX)];
    const standing = String(await askLog(this.#redis.eval(ADD, [JOBS], args), signal));
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
