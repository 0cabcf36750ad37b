import { expect, test } from "vitest";
import { SingleFlight, type Joining } from "./single-flight.ts";

const any: Joining<number> = { accepts: () => true, shares: () => false, waitMs: 5_000 };

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Work that ends when it is told to. */
function worker() {
  const calls: PromiseWithResolvers<number>[] = [];
  const lead = () => {
    const call = Promise.withResolvers<number>();
    calls.push(call);
    return call.promise;
  };
  return { calls, lead };
}

test("who asks while it is under way gets what the leader made; who asks later makes it anew", async () => {
  const flights = new SingleFlight<number>();
  const { calls, lead } = worker();
  const asked = Array.from({ length: 200 }, () => flights.run("k", lead, any));
  const other = flights.run("other", lead, any);
  expect(calls).toHaveLength(2);
  calls[0]?.resolve(7);
  calls[1]?.resolve(8);
  const all = await Promise.all(asked);
  expect(all.map(({ value }) => value)).toEqual(Array(200).fill(7));
  expect(all.filter(({ led }) => led)).toHaveLength(1);
  expect(await other).toEqual({ value: 8, led: true });
  expect(flights.has("k")).toBe(false);
  const later = flights.run("k", lead, any);
  calls[2]?.resolve(9);
  expect(await later).toEqual({ value: 9, led: true });
});

test("where the leader fails, one of those who followed leads, and only one", async () => {
  const flights = new SingleFlight<number>();
  const { calls, lead } = worker();
  const leader = flights.run("k", lead, any);
  const followers = [1, 2, 3].map(() => flights.run("k", lead, any));
  calls[0]?.reject(new Error("cut"));
  await expect(leader).rejects.toThrow("cut");
  await delay(0);
  expect(calls).toHaveLength(2);
  calls[1]?.resolve(5);
  expect((await Promise.all(followers)).map(({ value }) => value)).toEqual([5, 5, 5]);
});

test("a failure that is everybody's is told to everybody, without another try", async () => {
  const flights = new SingleFlight<number>();
  const { calls, lead } = worker();
  const asked = [1, 2, 3].map(() => flights.run("k", lead, { ...any, shares: () => true }));
  calls[0]?.reject(new Error("no such collection"));
  const outcomes = await Promise.allSettled(asked);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(calls).toHaveLength(1);
});

test("a leader that never ends holds nobody for longer than its time", async () => {
  const flights = new SingleFlight<number>();
  const { calls, lead } = worker();
  void flights.run("k", lead, any);
  const followers = [1, 2].map(() => flights.run("k", lead, { ...any, waitMs: 20 }));
  await delay(60);
  // One led when its time was over; the other joined that one, and waited for its time too.
  expect(calls.length).toBeGreaterThanOrEqual(2);
  for (const call of calls.slice(1)) call.resolve(3);
  expect((await Promise.all(followers)).map(({ value }) => value)).toEqual([3, 3]);
});

test("who can't use what a leader made works for itself in the end", async () => {
  const flights = new SingleFlight<number>();
  let made = 0;
  const lead = async () => {
    await delay(1);
    return ++made;
  };
  const leader = flights.run("k", lead, any);
  const picky = flights.run("k", lead, { ...any, accepts: (value) => value > 100 });
  expect(await leader).toEqual({ value: 1, led: true });
  expect(await picky).toMatchObject({ led: true });
  expect(made).toBe(2);
});
