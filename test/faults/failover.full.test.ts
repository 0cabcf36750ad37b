import { execFile } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import { startTwin, until, type RunningTwin } from "../flows/start-twin.ts";
import { vectorCollection, vectorOf } from "../flows/vectors.ts";
import { listAll, Writers, type Acknowledged } from "./writers.ts";

/** The rows of the fault table allow 5 and 10 s; on a machine that does other things too it may take longer. */
const RECOVERY_MS_MAX = 30_000;

const CLI = fileURLToPath(new URL("../../shared/cli/main.ts", import.meta.url));
const run = promisify(execFile);

let twin: RunningTwin;

beforeAll(async () => {
  twin = await startTwin();
  await (await twin.client("iad")).createCollection(vectorCollection("v"));
});
afterAll(async () => {
  await twin.stop();
  await twin.remove();
});

const view = async () => {
  const { regions } = await (await twin.client("fra")).status();
  const found = regions.flatMap(({ collections }) =>
    collections.filter(({ name }) => name === "v"),
  );
  return found.sort((a, b) => b.term - a.term)[0];
};

/** What was acknowledged is there, once, and each has a position of its own. */
async function expectKept(acknowledged: readonly Acknowledged[], from: string): Promise<void> {
  const listed = await listAll(twin, from);
  expect(new Set(listed).size).toBe(listed.length);
  expect(acknowledged.filter(({ id }) => !listed.includes(id))).toEqual([]);
  const positions = acknowledged.map(({ position }) => position);
  expect(new Set(positions).size).toBe(positions.length);
}

const writesFrom = (writers: Writers, location: string, before: number) =>
  writers.acknowledged.slice(before).some(({ from }) => from === location);

test("redis-restart: writes are refused while the log is away, and go on after a promotion that nobody ordered; nothing acknowledged is missing, positions are dense", async () => {
  const writers = new Writers(twin, "restart", ["iad", "fra"], 5_000);
  await delay(1_000);
  const before = (await view())?.term ?? 0;
  await twin.control("POST", "/processes/redis-log/signal", { signal: "SIGKILL" });
  await until(
    () => writers.failed.length > 0,
    5_000,
    () => "no write notices that the log is away",
  );
  const count = writers.acknowledged.length;
  await until(
    () => writesFrom(writers, "iad", count) && writesFrom(writers, "fra", count),
    RECOVERY_MS_MAX,
    () => `writes do not come back: ${JSON.stringify(writers.failed.slice(-3))}`,
  );
  await writers.stop();
  expect((await view())?.term).toBeGreaterThan(before);
  // 504 for one whose own deadline passed while it was sent on.
  expect(writers.failed.filter(({ status }) => status !== 503 && status !== 504)).toEqual([]);
  await expectKept(writers.acknowledged, "sin");
  // Each entry is one document, so the log is as long as there are documents: no position was left out.
  const client = await twin.client("fra");
  const { count: documents } = await client.countDocuments({
    collection: "v",
    consistency: "strong",
  });
  const last = await client.putDocuments({
    collection: "v",
    documents: [{ id: "restart-last", vectors: { v: vectorOf(1) } }],
  });
  expect(last.position).toBe(documents + 1);
}, 90_000);

test("a planned promotion under writes: not one of them fails, and they are accepted elsewhere from then on", async () => {
  const writers = new Writers(twin, "planned", ["iad", "fra"], 10_000);
  await delay(500);
  const reply = await (await twin.client("gru")).promote("v", { region: "eu-central-1" });
  expect(reply).toMatchObject({ primary: "eu-central-1", from: "us-east-1", lost: 0 });
  const count = writers.acknowledged.length;
  await until(
    () => writesFrom(writers, "iad", count + 2) && writesFrom(writers, "fra", count + 2),
    RECOVERY_MS_MAX,
    () => "writes stop",
  );
  await writers.stop();
  expect(writers.failed).toEqual([]);
  expect(writers.acknowledged.at(-1)?.region).toBe("eu-central-1");
  await expectKept(writers.acknowledged, "sin");
}, 60_000);

test("the command promotes a collection, or all, and says which region accepts the writes then", async () => {
  const promote = (...args: string[]) =>
    run(process.execPath, [CLI, "promote", ...args, "--state", twin.state]);
  const back = await promote("v", "--to", "us-east-1");
  expect(back.stdout).toMatch(
    /^v: us-east-1 accepts the writes in term \d+, before eu-central-1\.\n$/,
  );
  expect((await promote("--all")).stdout).toMatch(
    /^v: us-east-1 accepts the writes in term \d+\.\n$/,
  );
  await expect(promote()).rejects.toMatchObject({ code: 1 });
}, 60_000);

test("a region that there is not, and a caller without the scope, are refused", async () => {
  const client = await twin.client("fra");
  await expect(client.promote("v", { region: "xx-none-1" })).rejects.toMatchObject({ status: 400 });
  await expect(client.promote("none")).rejects.toMatchObject({ code: "not-found" });
  const { locations, readKey } = await twin.report();
  const reader = new NearfieldOperator({ url: locations[0]?.url ?? "", key: readKey });
  await expect(reader.promote("v")).rejects.toMatchObject({ code: "forbidden" });
});

test("old-primary-returns: a primary that stood still finds itself replaced; what it had in flight is refused, and there is one history", async () => {
  const writers = new Writers(twin, "old", ["iad", "fra"], 2_500);
  await until(
    () => writesFrom(writers, "iad", 0) && writesFrom(writers, "fra", 0),
    RECOVERY_MS_MAX,
    () => "writes do not begin",
  );
  await twin.control("POST", "/processes/region-us-east-1/signal", { signal: "SIGSTOP" });
  const stopped = writers.acknowledged.length;
  const elsewhere = (location: string) =>
    writers.acknowledged
      .slice(stopped)
      .some(({ from, region }) => from === location && region !== "us-east-1");
  await until(
    () => elsewhere("iad") && elsewhere("fra"),
    RECOVERY_MS_MAX,
    () => `nobody is promoted: ${JSON.stringify(writers.failed.slice(-3))}`,
  );
  expect(writers.failed.length).toBeGreaterThan(0);
  // 504 for one whose own deadline passed while it was sent on.
  expect(writers.failed.filter(({ status }) => status !== 503 && status !== 504)).toEqual([]);
  const failed = writers.failed.length;
  await twin.control("POST", "/processes/region-us-east-1/signal", { signal: "SIGCONT" });
  const back = writers.acknowledged.length;
  await until(
    () => writesFrom(writers, "iad", back + 5) && writesFrom(writers, "fra", back + 5),
    RECOVERY_MS_MAX,
    () => "writes stop when the old primary returns",
  );
  await writers.stop();
  expect(writers.failed.length).toBe(failed);
  expect(writers.acknowledged.slice(back).every(({ region }) => region !== "us-east-1")).toBe(true);
  await expectKept(writers.acknowledged, "sin");
  await expectKept(writers.acknowledged, "iad");
}, 120_000);
