import { expect, test } from "vitest";
import { required } from "../../shared/std/assert.ts";
import { promMetrics } from "../adapters/prom-metrics.ts";
import { BatchQueue } from "./batch-queue.ts";

const LIMITS = { itemsMax: 2, tokensMax: 2, spreadTokensMax: 0 };

/** A queue whose model runs one batch each time it is told to, and doubles numbers. */
function makeQueue(waitingMax = 8) {
  const ran: number[][] = [];
  const gates: { open: () => void; fail: (error: Error) => void }[] = [];
  let nowMs = 0;
  const metrics = promMetrics();
  const queue = new BatchQueue<number, number>({
    model: "double",
    async run(inputs) {
      const gate = Promise.withResolvers<void>();
      gates.push({ open: gate.resolve, fail: gate.reject });
      ran.push([...inputs]);
      await gate.promise;
      return inputs.map((input) => input * 2);
    },
    limits: LIMITS,
    waitingMax,
    clock: { wallMs: () => nowMs, monotonicMs: () => nowMs },
    metrics,
  });
  const settle = () => new Promise<void>((resolve) => void setImmediate(resolve));
  return {
    metrics,
    ran,
    pass: (delayMs: number) => void (nowMs += delayMs),
    submit(inputs: readonly number[], options: { leftMs?: number; signal?: AbortSignal } = {}) {
      const { leftMs = 1_000, signal = new AbortController().signal } = options;
      const items = inputs.map((input) => ({ input, tokens: 1 }));
      return queue.submit(items, { expiresAtMs: nowMs + leftMs, signal });
    },
    async finishBatch() {
      required(gates.shift(), "a batch is running").open();
      await settle();
    },
    async failBatch() {
      required(gates.shift(), "a batch is running").fail(new Error("out of memory"));
      await settle();
    },
  };
}

test("a call's results come in its order, over several batches", async () => {
  const queue = makeQueue();
  const results = queue.submit([1, 2, 3]);
  await queue.finishBatch();
  await queue.finishBatch();
  expect(await results).toEqual([2, 4, 6]);
  expect(queue.ran).toEqual([[1, 2], [3]]);
});

test("a call that would overfill the queue is refused at once, whole, as overloaded", async () => {
  const queue = makeQueue(3);
  const first = queue.submit([1, 2, 3]);
  await expect(queue.submit([4, 5, 6])).rejects.toMatchObject({ code: "overloaded" });
  await queue.finishBatch();
  await queue.finishBatch();
  expect(await first).toEqual([2, 4, 6]);
  expect(queue.ran.flat()).toEqual([1, 2, 3]);
});

test("what is still waiting when its deadline passes is never run", async () => {
  const queue = makeQueue();
  const first = queue.submit([1, 2]);
  const late = queue.submit([3], { leftMs: 50 });
  const patient = queue.submit([4]);
  const refused = expect(late).rejects.toMatchObject({ code: "deadline-exceeded" });
  queue.pass(50);
  await queue.finishBatch();
  await refused;
  await queue.finishBatch();
  expect(await first).toEqual([2, 4]);
  expect(await patient).toEqual([8]);
  expect(queue.ran).toEqual([[1, 2], [4]]);
  expect(await queue.metrics.expose()).toContain(
    'dropped_total{model="double",reason="deadline"} 1',
  );
});

test("what a caller that left was waiting for is never run", async () => {
  const queue = makeQueue();
  const caller = new AbortController();
  const first = queue.submit([1, 2]);
  const gone = queue.submit([3, 4, 5], { signal: caller.signal });
  const refused = expect(gone).rejects.toThrow("left");
  caller.abort(new Error("left"));
  await refused;
  await queue.finishBatch();
  expect(await first).toEqual([2, 4]);
  expect(queue.ran).toEqual([[1, 2]]);
  expect(await queue.metrics.expose()).toContain(
    'dropped_total{model="double",reason="caller-left"} 3',
  );
});

test("a single query passes the later batches of a large call", async () => {
  const queue = makeQueue();
  const large = queue.submit([1, 2, 3, 4, 5, 6]);
  const query = queue.submit([9]);
  await queue.finishBatch();
  await queue.finishBatch();
  expect(await query).toEqual([18]);
  for (const _ of [1, 2]) await queue.finishBatch();
  expect(await large).toEqual([2, 4, 6, 8, 10, 12]);
  expect(queue.ran[1]).toContain(9);
});

test("an endless stream of single queries does not hold back a large call", async () => {
  const queue = makeQueue();
  const large = queue.submit([1, 2, 3, 4, 5, 6]);
  const queries: Promise<readonly number[]>[] = [];
  for (let batch = 0; batch < 12; batch++) {
    queries.push(queue.submit([100]), queue.submit([200]));
    await queue.finishBatch();
  }
  expect(await large).toEqual([2, 4, 6, 8, 10, 12]);
  while (queue.ran.flat().length < 6 + queries.length) await queue.finishBatch();
  await queue.finishBatch();
  expect((await Promise.all(queries)).flat()).toHaveLength(queries.length);
});

test("a batch that fails fails its own calls, and the next one runs", async () => {
  const queue = makeQueue();
  const broken = queue.submit([1, 2]);
  const next = queue.submit([3]);
  const refused = expect(broken).rejects.toMatchObject({ code: "internal-error" });
  await queue.failBatch();
  await refused;
  await queue.finishBatch();
  expect(await next).toEqual([6]);
});
