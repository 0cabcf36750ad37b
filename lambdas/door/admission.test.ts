import { expect, test } from "vitest";
import { seededRandom } from "../../shared/std/random.ts";
import { Admission, overloaded, tooManyWrites } from "./admission.ts";

const LONG_MS = 60_000;

test("work beyond the bound is refused at once, and let in again when there is room", async () => {
  const admission = new Admission(2, () => 0, overloaded);
  const release = Promise.withResolvers<string>();
  const underWay = [
    admission.run(LONG_MS, () => release.promise),
    admission.run(LONG_MS, () => release.promise),
  ];
  await expect(admission.run(LONG_MS, async () => "third")).rejects.toMatchObject({
    code: "overloaded",
  });
  release.resolve("done");
  expect(await Promise.all(underWay)).toEqual(["done", "done"]);
  expect(await admission.run(LONG_MS, async () => "fourth")).toBe("fourth");
});

test("who is refused is told what to do: a write to come again, a read to ask elsewhere", async () => {
  const writes = new Admission(0, () => 0, tooManyWrites);
  await expect(writes.run(LONG_MS, async () => "write")).rejects.toMatchObject({
    code: "write-backpressure",
    hint: expect.not.stringContaining("othing was written"), // An earlier try of it may have been.
  });
});

test("work that fails makes room too", async () => {
  const admission = new Admission(1, () => 0, overloaded);
  await expect(admission.run(LONG_MS, () => Promise.reject(new Error("bad")))).rejects.toThrow(
    "bad",
  );
  expect(await admission.run(LONG_MS, async () => "next")).toBe("next");
});

/** A server that does one piece of work after the other in 50 ms each, and is offered `perSecond` for `seconds`. */
async function offered(perSecond: number, seconds: number, deadlineMs: number) {
  const WORK_MS = 50;
  let nowMs = 0;
  const random = seededRandom(5);
  const admission = new Admission(1_000, () => nowMs, overloaded);
  const queue: { dueMs: number; finish: (ok: boolean) => void }[] = [];
  const tally = { done: 0, late: 0, refused: 0 };
  let freeAtMs = 0;
  for (; nowMs < seconds * 1_000; nowMs++) {
    if (random() < perSecond / 1_000) {
      const dueMs = nowMs + deadlineMs;
      admission
        .run(deadlineMs, async () => {
          const { promise, resolve } = Promise.withResolvers<boolean>();
          queue.push({ dueMs, finish: resolve });
          if (!(await promise)) throw new Error("late");
        })
        .then(
          () => (tally.done += 1),
          (error: Error) => (error.message === "late" ? (tally.late += 1) : (tally.refused += 1)),
        );
    }
    if (nowMs >= freeAtMs) {
      const next = queue.shift();
      if (next !== undefined) {
        freeAtMs = nowMs + WORK_MS;
        next.finish(next.dueMs >= freeAtMs); // Late work costs as much as any.
      }
    }
    for (let i = 0; i < 8; i++) await Promise.resolve();
  }
  return tally;
}

test("offered five times what it can do, it does nearly all that it can, and refuses the rest in time", async () => {
  const { done, late, refused } = await offered(100, 60, 2_000);
  expect(done).toBeGreaterThan(0.9 * 60 * 20);
  expect(late).toBeLessThan(0.03 * done);
  expect(refused).toBeGreaterThan(4_000);
});

test("offered what it can do, it refuses nothing", async () => {
  const { late, refused } = await offered(10, 60, 2_000);
  expect({ late, refused }).toEqual({ late: 0, refused: 0 });
});

test("a burst at a process that has just begun is let in whole", async () => {
  let nowMs = 0;
  const admission = new Admission(48, () => nowMs, overloaded);
  const release = Promise.withResolvers<void>();
  const burst = [];
  for (let i = 0; i < 40; i++) {
    nowMs += 10;
    burst.push(admission.run(2_000, () => release.promise));
  }
  release.resolve();
  expect(await Promise.allSettled(burst)).toEqual(
    burst.map(() => ({ status: "fulfilled", value: undefined })),
  );
});

test("where nothing ends any more, new work is refused", async () => {
  let nowMs = 0;
  const admission = new Admission(48, () => nowMs, overloaded);
  for (let i = 0; i < 5; i++) void admission.run(2_000, () => new Promise(() => undefined));
  nowMs = 1_500;
  await expect(admission.run(2_000, async () => 1)).rejects.toMatchObject({ code: "overloaded" });
});
