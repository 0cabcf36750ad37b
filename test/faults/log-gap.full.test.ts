import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import type { SnapshotJobView } from "../../shared/contracts/snapshot.ts";
import { required } from "../../shared/std/assert.ts";
import { startTwin, until, type RunningTwin } from "../flows/start-twin.ts";
import { vectorCollection, vectorOf } from "../flows/vectors.ts";

const REGION = "eu-central-1";
const BACK_MS_MAX = 15_000;

let twin: RunningTwin;
let client: NearfieldOperator;
beforeAll(async () => {
  twin = await startTwin({ args: ["--wan", "off"] });
  client = await twin.client("fra");
  await client.createCollection(vectorCollection("v"));
  await put(0, 100);
});
afterAll(async () => {
  await twin.stop();
  await twin.remove();
});

async function put(from: number, count: number, waitFor: "all" | "primary" = "all"): Promise<void> {
  const documents = Array.from({ length: count }, (_, i) => ({
    id: `d${from + i}`,
    vectors: { v: vectorOf(from + i) },
    metadata: { n: from + i },
  }));
  await client.putDocuments({ collection: "v", documents, waitFor });
}

async function viewOf(region: string, name = "v") {
  const { regions } = await client.status();
  const views = regions.find((one) => one.name === region)?.collections;
  return views?.find((view) => view.name === name);
}

async function removeEntry(position: number): Promise<void> {
  const { redis } = await twin.report();
  const log = required(
    redis.find(({ role }) => role === "log"),
    "a log",
  );
  const { redisToken } = JSON.parse(await readFile(path.join(twin.state, "secrets.json"), "utf8"));
  const { incarnation } = required(await viewOf("us-east-1"), "the collection");
  const response = await fetch(log.url, {
    method: "POST",
    headers: { authorization: `Bearer ${redisToken}` },
    body: JSON.stringify(["XDEL", `nf:{${incarnation}}:log`, `${position}-1`]),
  });
  expect(await response.json()).toEqual({ result: 1 });
}

async function over(job: SnapshotJobView): Promise<SnapshotJobView> {
  let last = job;
  await until(
    async () => {
      last = required(
        (await client.snapshots()).jobs.find(({ id }) => id === job.id),
        "the job is told of",
      );
      return last.state === "done" || last.state === "failed";
    },
    30_000,
    () => `${job.id} is ${last.state}`,
  );
  return last;
}

async function agreed(collection: string, position: number) {
  await until(
    async () =>
      (await client.contentDigest(collection)).regions.every(
        ({ point }) => point.position === position,
      ),
    BACK_MS_MAX,
    () => `not every region is at position ${position} of ${collection}`,
  );
  return client.contentDigest(collection);
}

test("log-gap: an entry is gone that a region has yet to apply: it stops, is built anew, and every read is answered meanwhile", async () => {
  await twin.control("POST", `/links/${REGION}->log`, { mode: "cut" });
  await put(100, 30, "primary");
  await removeEntry(110);
  await twin.control("DELETE", `/links/${REGION}->log`);
  const failures: unknown[] = [];
  let reads = 0;
  const done = new AbortController();
  const reading = (async () => {
    for (let k = 1; !done.signal.aborted; k++) {
      const query = { vector: vectorOf(k), space: "v" };
      const asked = { collection: "v", query, k: 1 + (k % 50), maxStalenessMs: 1_000 };
      await client.retrieve(asked).catch((error: unknown) => failures.push(error));
      reads += 1;
      await delay(50);
    }
  })();
  await until(
    async () => (await viewOf(REGION))?.position === 130,
    BACK_MS_MAX,
    () => `${REGION} is not back: ${twin.output().slice(-1_000)}`,
  );
  done.abort();
  await reading;
  expect([failures, reads > 0]).toEqual([[], true]);
  const { agree, regions } = await agreed("v", 130);
  expect([agree, regions.map(({ documents }) => documents)]).toEqual([true, [130, 130, 130]]);
}, 60_000);

test("truncated-backup: a backup is restored with the same digest in every region; of a damaged one the part is named, and the one before stands in", async () => {
  const first = await over(await client.backup("v"));
  expect(first).toMatchObject({ state: "done", documents: 130, position: 130 });
  await put(130, 20);
  const second = await over(await client.backup("v"));
  const again = await over(
    await client.restore({ snapshot: required(second.snapshot, "an id"), into: "again" }),
  );
  expect(again).toMatchObject({ state: "done", documents: 150, position: 150, damaged: [] });
  expect(again.digest).toBe(second.digest);
  const { agree, regions } = await agreed("again", 151);
  expect([agree, regions[0]?.digest]).toEqual([true, second.digest]);

  const folder = path.join(twin.state, "blobs/snapshots");
  const files = await readdir(folder, { recursive: true });
  const part = required(
    files.find((file) => file.includes(`${second.snapshot}/part-`)),
    "a part",
  );
  const bytes = await readFile(path.join(folder, part));
  await writeFile(path.join(folder, part), bytes.subarray(0, -10));
  const older = await over(
    await client.restore({ snapshot: required(second.snapshot, "an id"), into: "older" }),
  );
  expect(older).toMatchObject({ state: "done", documents: 150, position: 150 });
  expect(older.damaged).toEqual([{ snapshot: second.snapshot, part: path.basename(part) }]);
  // Of the first one, or of the one that the resync had made there.
  expect(older.snapshot).toContain("-000000000000130-");
  expect((await agreed("older", 151)).regions[0]?.digest).toBe(second.digest);
}, 90_000);
