import type { Sleep } from "../../shared/std/clock.ts";
import type { Lease } from "../ports/leases.ts";

const RENEW_MS = 1_000;
const RELEASE_MS_MAX = 1_000;

/**
 * Does work that may take minutes under a lease of seconds: renewed each second, also within calls that can't be interrupted,
 * and given back at the end. The signal aborts as soon as the lease is lost.
 */
export async function holdLease<T>(
  lease: Lease,
  sleep: Sleep,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const lost = new AbortController();
  const renewing = renew(lease, sleep, done.signal, lost);
  try {
    return await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    done.abort();
    await renewing;
    // A lease that can't be given back ends by itself.
    await lease.release(AbortSignal.timeout(RELEASE_MS_MAX)).catch(() => undefined);
  }
}

async function renew(
  lease: Lease,
  sleep: Sleep,
  done: AbortSignal,
  lost: AbortController,
): Promise<void> {
  while (!done.aborted) {
    try {
      await sleep(RENEW_MS, done);
      if (!(await lease.renew(done))) lost.abort(new Error("the lease was lost"));
    } catch (error) {
      if (!done.aborted) lost.abort(error);
      return;
    }
  }
}
