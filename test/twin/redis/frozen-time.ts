import { seededRandom } from "../../../shared/std/random.ts";

/**
 * Runs `work` while this process reads `timeMs` as Date.now() and draws Math.random() from `seed`: js-redis-server has no
 * clock argument, and a replay must read what the first run read. `work` may wait for microtasks only, so nothing else
 * that this process does falls into it.
 */
export async function withTimeAndChance<T>(
  timeMs: number,
  seed: number,
  work: () => Promise<T>,
): Promise<T> {
  const { now } = Date;
  const { random } = Math;
  Date.now = () => timeMs;
  Math.random = seededRandom(seed);
  try {
    return await work();
  } finally {
    Date.now = now;
    Math.random = random;
  }
}

/** The same for work that needs no chance and waits for nothing. */
export function withTime<T>(timeMs: number, work: () => T): T {
  const { now } = Date;
  Date.now = () => timeMs;
  try {
    return work();
  } finally {
    Date.now = now;
  }
}
