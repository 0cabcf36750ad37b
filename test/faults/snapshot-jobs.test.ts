import { expect, test } from "vitest";
import { UpstashSnapshotJobs } from "../../lambdas/adapters/upstash-snapshot-jobs.ts";
import { newJob } from "../../lambdas/snapshot/new-job.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import type { SnapshotJob } from "../../shared/contracts/snapshot.ts";
import { required } from "../../shared/std/assert.ts";
import { OTHER, signal, snapshotOf, snapshotRegions } from "./snapshot-regions.ts";
import { PRIMARY, type SnapshotWorld } from "./snapshot-world.ts";

const regions = snapshotRegions();
const DAY_MS = 24 * 3_600_000;

test("a snapshot of a collection that is gone fails; the same of one that a region has not heard of waits", async () => {
  const of = await regions.world(95, 10);
  const { jobs, runner } = of.start(PRIMARY);
  await jobs.add(snapshotJob(of, "of-gone", { incarnation: "aaaaaaaaaaaa" }), signal());
  await jobs.add(snapshotJob(of, "of-unheard"), signal());
  await runner.run(async () => [], signal());
  expect(await jobOf(of, "of-gone")).toMatchObject({
    state: "failed",
    error: "not-found: The collection was deleted meanwhile.",
  });
  expect(await jobOf(of, "of-unheard")).toMatchObject({ state: "waiting" });
  await runner.run(async () => [of.record], signal());
  expect(await jobOf(of, "of-unheard")).toMatchObject({ state: "done" });
});

test("what the region that took it on, or any, could not do for a day fails", async () => {
  const of = await regions.world(96, 10);
  const { id } = await snapshotOf(of);
  const { jobs } = of.start(PRIMARY);
  const work = { kind: "restore" as const, snapshot: id, into: "anew", at: null };
  const about = { id: "at-a-gone-region", tenant: "t", region: "ap-south-1", work };
  await jobs.add(newJob(about, Date.now()), signal());
  await jobs.add(snapshotJob(of, "of-what-nobody-has", { atLeast: 11 }), signal());
  const states = async () => {
    await of.start(PRIMARY).runner.run(async () => [of.record], signal());
    const names = ["at-a-gone-region", "of-what-nobody-has"];
    return Promise.all(names.map(async (name) => (await jobOf(of, name)).state));
  };
  of.laterMs = DAY_MS - 60_000;
  expect(await states()).toEqual(["waiting", "waiting"]);
  of.laterMs = DAY_MS;
  expect(await states()).toEqual(["failed", "failed"]);
});

test("asked for at the same time, more are not made than may be there", async () => {
  const of = await regions.world(97, 4);
  const { jobs, runner } = of.start(PRIMARY);
  for (let i = 0; i < LIMITS.snapshotsAskedMax - 1; i++) await snapshotOf(of);
  await jobs.add(snapshotJob(of, "at-once-1"), signal());
  await jobs.add(snapshotJob(of, "at-once-2"), signal());
  await runner.run(async () => [of.record], signal());
  const states = await Promise.all(
    ["at-once-1", "at-once-2"].map(async (id) => (await jobOf(of, id)).state),
  );
  expect(states.toSorted()).toEqual(["done", "failed"]);
});

test("a tenant has so many jobs waiting and no more; what is over gives way, and a region's wish is always heard", async () => {
  const of = await regions.world(98, 4);
  const jobs = new UpstashSnapshotJobs(of.redisOf(OTHER));
  const add = (tenant: string, n: number, about: object = {}) =>
    jobs.add({ ...snapshotJob(of, `${tenant}-${n}`, about), tenant, changedMs: n + 1 }, signal());
  for (let n = 0; n < LIMITS.snapshotJobsPerTenantMax; n++) await add('a "b', n);
  await expect(add('a "b', 99)).rejects.toMatchObject({ code: "limit-exceeded" });
  await add('a "b', 100, { forResync: true });
  await add("b", 0);
  const over = (tenant: string, n: number) => {
    const job = { ...snapshotJob(of, `${tenant}-${n}`), tenant, changedMs: n + 1 };
    return jobs.put({ ...job, state: "failed", error: 'of "tenant":"c"' }, signal());
  };
  await over('a "b', 3);
  await add('a "b', 99);
  const { length } = await jobs.all(signal());
  await Promise.all(Array.from({ length: 200 - length }, (_, n) => over("c", n)));
  await add("c", 300);
  const left = (await jobs.all(signal())).map(({ id }) => id);
  expect(left).toHaveLength(200);
  expect(left).toContain('a "b-3');
  expect(left).not.toContain("c-0");
});

function snapshotJob({ record }: SnapshotWorld, id: string, more: object = {}): SnapshotJob {
  const { name: collection, tenant, incarnation } = record;
  const work = { kind: "snapshot" as const, collection, incarnation, atLeast: 1, forResync: false };
  return newJob({ id, tenant, region: PRIMARY, work: { ...work, ...more } }, Date.now());
}

async function jobOf(of: SnapshotWorld, id: string): Promise<SnapshotJob> {
  const jobs = await of.start(PRIMARY).jobs.all(signal());
  return required(
    jobs.find((job) => job.id === id),
    "it is told of",
  );
}
