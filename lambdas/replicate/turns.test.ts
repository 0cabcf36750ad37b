import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

const signal = new AbortController().signal;

/** Turns on a clock of their own: work and rests move it. */
function started(beingRead: () => boolean) {
  let nowMs = 0;
  const sleep = async (delayMs: number) => void (nowMs += delayMs);
  const turns = new Turns({
    clock: { wallMs: () => 0, monotonicMs: () => nowMs },
    sleep,
    beingRead,
  });
  const beganMs: number[] = [];
  const take = (name: string, tookMs: number) =>
    turns.take(
      name,
      async () => {
        beganMs.push(nowMs);
        nowMs += tookMs;
      },
      signal,
    );
  return { take, beganMs };
}

test("beside readers work rests as long as it took, half a second at most; other names do not wait for it", async () => {
  const { take, beganMs } = started(() => true);
  await take("a", 100);
  await take("a", 2_000);
  await take("b", 10);
  await take("a", 1);
  expect(beganMs).toEqual([0, 200, 2_200, 2_700]);
});

test("where nobody reads, work follows upon work", async () => {
  const { take, beganMs } = started(() => false);
  for (let i = 0; i < 3; i++) await take("a", 100);
  expect(beganMs).toEqual([0, 100, 200]);
});

test("work that fails counts too, and says why", async () => {
  let nowMs = 0;
  const turns = new Turns({
    clock: { wallMs: () => 0, monotonicMs: () => nowMs },
    sleep: async (delayMs) => void (nowMs += delayMs),
    beingRead: () => true,
  });
  const failing = async () => {
    nowMs += 50;
    throw new Error("no");
  };
  await expect(turns.take("a", failing, signal)).rejects.toThrow("no");
  await turns.take("a", async () => expect(nowMs).toBe(100), signal);
});
