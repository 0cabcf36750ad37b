import type { VirtualTime } from "./virtual-time.ts";

/**
 * Runs `work` while this process' `AbortSignal.timeout` and `fetch` are the simulated world's. They are the two things that the
 * product takes from its platform without being given them: deadlines of calls, and the Redis client's requests.
 */
export async function withOwnTime<T>(
  time: VirtualTime,
  fetchSimulated: typeof globalThis.fetch,
  work: () => Promise<T>,
): Promise<T> {
  const { timeout } = AbortSignal;
  const { fetch } = globalThis;
  AbortSignal.timeout = (delayMs) => time.timeout(delayMs);
  globalThis.fetch = fetchSimulated;
  try {
    return await work();
  } finally {
    AbortSignal.timeout = timeout;
    globalThis.fetch = fetch;
  }
}
