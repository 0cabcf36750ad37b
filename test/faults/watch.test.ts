import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { required } from "../../shared/std/assert.ts";
import { startRedis, type RunningRedis } from "../suites/start-redis.ts";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import { UpstashWatchList } from "../../lambdas/adapters/upstash-watch-list.ts";
import type { WatchList } from "../../lambdas/ports/watch-list.ts";
import { sha1Hex } from "../../shared/std/bytes.ts";
import { randomName, seededRandom } from "../../shared/std/random.ts";
import { WATCH_BUGS, withoutWid } from "./watch-bugs.ts";
import type { Bug } from "./watch-bug.ts";
import { WatchWorld } from "./watch-world.ts";

const SEEDS = 12;
const STEPS = 60;
/** Most seeds in which a planted bug has to show. */
const BUG_SEEDS = 60;

let redis: RunningRedis;
beforeAll(async () => {
  redis = await startRedis("js");
});
afterAll(() => redis.stop());

/** @returns what went wrong, and how many looks found an answer on the list */
async function run(seed: number, bug: Bug): Promise<{ wrong: string | null; hits: number }> {
  const world = new WatchWorld(redis, seededRandom(seed), bug);
  try {
    await world.create();
    for (let step = 0; step < STEPS; step++) await world.step();
    await world.wake();
    await world.look();
    return { wrong: null, hits: world.hits };
  } catch (error) {
    return { wrong: String(error), hits: world.hits };
  }
}

test("whatever is written, applied, lost, and by whoever dies or wakes late: an answer on the list is right at the list's point", async () => {
  let hits = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const outcome = await run(seed, {});
    expect([seed, outcome.wrong]).toEqual([seed, null]);
    hits += outcome.hits;
  }
  expect(hits).toBeGreaterThan(2 * SEEDS); // Else nothing was shown.
}, 120_000);

describe("a planted bug of the list is caught", () => {
  for (const [name, bug] of Object.entries(WATCH_BUGS)) {
    test(
      name,
      async () => {
        for (let seed = 1; seed <= BUG_SEEDS; seed++) {
          const { wrong } = await run(seed, required(bug, "a bug"));
          if (wrong === null) continue;
          expect(wrong).toMatch(/not |lacks /);
          return;
        }
        expect.fail("no seed found it");
      },
      120_000,
    );
  }

  test("w-without-wid", async () => {
    const list = new UpstashWatchList(createUpstashClient(redis.url, redis.token));
    expect(await untestedAnswerIsRight(list)).toBe(false);
    expect(await untestedAnswerIsRight(withoutWid(list))).toBe(true);
  });
});

/**
 * A holder has read a list; the list is lost, and begun anew at the same point by an older holder that wakes late; an answer is
 * registered there. Then the holder's step arrives. @returns whether it brings an answer on that it never tested
 */
async function untestedAnswerIsRight(list: WatchList): Promise<boolean> {
  const signal = AbortSignal.timeout(10_000);
  const incarnation = randomName(12, Math.random);
  const at = (position: number) => ({
    point: { term: 1, position, chain: sha1Hex(String(position)) },
    confirmed: null,
  });
  await list.begin(incarnation, "w1", 1, at(10), signal);
  await list.register(incarnation, at(10).point, "a", "{}", signal);
  const { wid, seq } = required(await list.load(incarnation, null, signal), "it was begun");
  await list.end(incarnation, signal);
  await list.begin(incarnation, "w2", 1, at(10), signal);
  await list.register(incarnation, at(10).point, "b", "{}", signal);
  const step = { known: { wid, seq }, fence: 2, from: at(10).point, to: at(11), drops: ["a"] };
  await list.publish(incarnation, step, signal);
  return list.stands(incarnation, "b", at(11), signal);
}
