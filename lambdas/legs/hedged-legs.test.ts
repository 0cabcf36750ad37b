import { expect, test } from "vitest";
import { seededRandom } from "../../shared/std/random.ts";
import { HedgedLegs } from "./hedged-legs.ts";

/** Time that moves only when everybody waits. */
function virtualTime() {
  let nowMs = 0;
  const timers: { atMs: number; wake: () => void }[] = [];
  const sleep = (delayMs: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const timer = { atMs: nowMs + delayMs, wake: resolve };
      timers.push(timer);
      signal.addEventListener("abort", () => {
        timers.splice(timers.indexOf(timer) >>> 0, 1);
        reject(signal.reason);
      });
    });
  const run = async <T>(work: Promise<T>): Promise<T> => {
    let over = false;
    const watched = work.finally(() => (over = true));
    watched.catch(() => undefined);
    for (;;) {
      for (let i = 0; i < 30; i++) await Promise.resolve(); // Whoever can go on, does.
      if (over) return watched;
      timers.sort((a, b) => a.atMs - b.atMs);
      const next = timers.shift();
      if (next === undefined) throw new Error("everybody waits for nothing");
      nowMs = Math.max(nowMs, next.atMs);
      next.wake();
    }
  };
  return { nowMs: () => nowMs, sleep, run };
}

const COPIES = ["0/0", "0/1"];

function harness(seed = 1) {
  const time = virtualTime();
  const legs = new HedgedLegs({ ...time, random: seededRandom(seed) });
  const asked = [0, 0];
  /** One leg; each copy takes so long, or fails where that is null. */
  const leg = async (tookMs: readonly (number | null)[], copies = COPIES) => {
    const startMs = time.nowMs();
    const answer = await time.run(
      legs.run(
        copies,
        async (copy, signal) => {
          asked[copy] = (asked[copy] ?? 0) + 1;
          const ms = tookMs[copy] ?? null;
          if (ms === null) throw new Error(`copy ${copy} is gone`);
          await time.sleep(ms, signal);
          return copy;
        },
        new AbortController().signal,
      ),
    );
    return { answer, tookMs: time.nowMs() - startMs };
  };
  return { leg, asked, calls: () => (asked[0] ?? 0) + (asked[1] ?? 0) };
}

test("copies that are alike share the legs, and none is sent twice", async () => {
  const { leg, asked } = harness();
  for (let i = 0; i < 400; i++) await leg([10, 10]);
  expect(asked[0]).toBeGreaterThan(150);
  expect(asked[1]).toBeGreaterThan(150);
  expect((asked[0] ?? 0) + (asked[1] ?? 0)).toBe(400);
});

test("a copy that fails is left for the other at once, and then avoided", async () => {
  const { leg, asked } = harness();
  for (let i = 0; i < 100; i++) expect((await leg([null, 10])).answer).toBe(1);
  expect(asked[1]).toBe(100);
  expect(asked[0]).toBeLessThan(10);
});

test("where all copies fail, the leg fails with the reason of the last", async () => {
  const { leg } = harness();
  await expect(leg([null, null])).rejects.toThrow("is gone");
});

test("a leg slower than 19 of 20 is sent to the other copy, whose answer is taken; the slow copy is then avoided", async () => {
  const { leg, asked, calls } = harness();
  for (let i = 0; i < 200; i++) await leg([10, 10]);
  const before = calls();
  const slow = [];
  for (let i = 0; i < 100; i++) slow.push((await leg([200, 10])).tookMs);
  expect(slow.filter((ms) => ms > 10).length).toBeLessThanOrEqual(5);
  expect(Math.max(...slow)).toBeLessThanOrEqual(20);
  expect(calls() - before).toBeLessThanOrEqual(105);
  expect(asked[1]).toBeGreaterThan(asked[0] ?? 0);
});

test("random stragglers: the tail is cut, with at most one leg in twenty sent twice", async () => {
  const { leg, calls } = harness();
  const random = seededRandom(7);
  const took = [];
  const LEGS = 4_000;
  for (let i = 0; i < LEGS; i++) {
    const straggles = () => (random() < 0.01 ? 200 : 8 + 4 * random());
    took.push((await leg([straggles(), straggles()])).tookMs);
  }
  took.sort((a, b) => a - b);
  expect(took[Math.floor(LEGS * 0.995)]).toBeLessThan(40);
  expect(calls() / LEGS).toBeLessThanOrEqual(1.055);
});

test("with one copy there is nothing to hedge", async () => {
  const { leg, calls } = harness();
  for (let i = 0; i < 50; i++) await leg([10], ["0/0"]);
  expect((await leg([500], ["0/0"])).tookMs).toBe(500);
  expect(calls()).toBe(51);
});

test("an answer that comes in the very moment in which the leg is found slow is taken", async () => {
  const { leg } = harness();
  for (let i = 0; i < 200; i++) await leg([10, 10]);
  // The budget pays for some hedges only: the others wait for what they have.
  for (let i = 0; i < 60; i++) expect((await leg([10, 10])).tookMs).toBe(10);
});
