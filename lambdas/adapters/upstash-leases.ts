import type { Redis } from "@upstash/redis";
import { abortable } from "../../shared/std/abortable.ts";
import type { Lease, Leases } from "../ports/leases.ts";

const LEASE_MS = 3_000;

/** KEYS lease, counter; ARGV holder, ms, fence seen. */
const ACQUIRE = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local fence = math.max(tonumber(redis.call('GET', KEYS[2]) or '0'), tonumber(ARGV[3])) + 1
redis.call('SET', KEYS[2], string.format('%.0f', fence))
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return fence
`;

/** KEYS lease; ARGV holder, ms. */
const RENEW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`;

/** KEYS lease; ARGV holder. */
const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`;

/** Leases in the region's own Redis. */
export class UpstashLeases implements Leases {
  readonly #redis: Redis;
  readonly #holderName: () => string;

  /** @param holderName a name that no other acquisition has ever had */
  constructor(redis: Redis, holderName: () => string) {
    this.#redis = redis;
    this.#holderName = holderName;
  }

  async acquire(
    incarnation: string,
    fenceSeen: number,
    signal: AbortSignal,
  ): Promise<Lease | null> {
    const holder = this.#holderName();
    const lease = `nf:{${incarnation}}:lease`;
    const keys = [lease, `nf:{${incarnation}}:fence`];
    const fence = Number(
      await abortable(
        this.#redis.eval(ACQUIRE, keys, [holder, String(LEASE_MS), String(fenceSeen)]),
        signal,
      ),
    );
    if (fence === 0) return null;
    return {
      fence,
      renew: async (renewSignal) =>
        Number(
          await abortable(
            this.#redis.eval(RENEW, [lease], [holder, String(LEASE_MS)]),
            renewSignal,
          ),
        ) === 1,
      release: async (releaseSignal) => {
        await abortable(this.#redis.eval(RELEASE, [lease], [holder]), releaseSignal);
      },
    };
  }
}
