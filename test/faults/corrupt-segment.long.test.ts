import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import { required } from "../../shared/std/assert.ts";
import { startTwin, until, type RunningTwin } from "../flows/start-twin.ts";
import { vectorCollection, vectorOf } from "../flows/vectors.ts";

const REGION = "eu-central-1";
const DOCUMENTS = 50;
/** The twin's schedules come once a minute. */
const SOON_MS = 150_000;

let twin: RunningTwin;
let client: NearfieldOperator;

beforeAll(async () => {
  twin = await startTwin({ env: { NEARFIELD_RECONCILE_MS: "1000" } });
  client = await twin.client("fra");
  await client.createCollection(vectorCollection("v"));
  const documents = Array.from({ length: DOCUMENTS }, (_, n) => ({
    id: `d${n}`,
    vectors: { v: vectorOf(n) },
  }));
  await client.putDocuments({ collection: "v", documents, waitFor: "all" });
});
afterAll(async () => {
  await twin.stop();
  await twin.remove();
});

test("through a twin: copies are compared by schedule; a bit flipped in a file is found within a minute, no read fails, and the copy is built anew", async () => {
  await until(
    async () => (await verdicts()).filter((verdict) => verdict === "agrees").length === 2,
    SOON_MS,
    () => "the copies were not compared",
  );
  const file = await digestedFile();
  const failures: unknown[] = [];
  const done = new AbortController();
  const reading = readOn(done.signal, failures);
  const bytes = await readFile(file);
  await writeFile(file, bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] ?? 0) ^ 1));
  const startMs = performance.now();
  await until(
    () => said("segment-damaged"),
    SOON_MS,
    () => "the damage was not found",
  );
  const foundMs = Math.round(performance.now() - startMs);
  await until(
    () => said("resynced"),
    SOON_MS,
    () => "the copy was not built anew",
  );
  const backMs = Math.round(performance.now() - startMs);
  process.stdout.write(
    `corrupt-segment: found after ${foundMs} ms, built anew after ${backMs} ms\n`,
  );
  await until(
    async () => {
      const { agree, regions } = await client.contentDigest("v");
      return agree && regions.length === 3;
    },
    SOON_MS,
    () => "the regions do not agree",
  );
  done.abort();
  expect([failures, (await reading) > 0]).toEqual([[], true]);
}, 400_000);

async function verdicts() {
  const { regions } = await client.status();
  return regions.map(({ collections: [view] }) => view?.reconciled?.verdict ?? null);
}

/** Whether the region has reported an event. */
async function said(event: string): Promise<boolean> {
  const log = await readFile(path.join(twin.state, "logs", `region-${REGION}.log`), "utf8");
  return log.includes(`"event":"${event}"`);
}

/** A data file that the region has a digest of. */
async function digestedFile(): Promise<string> {
  const root = path.join(twin.state, "stores", REGION);
  let found: string | null = null;
  await until(
    async () => {
      const all = await readdir(root, { recursive: true });
      const digests = all.find((name) => name.endsWith("digests.json"));
      if (digests === undefined) return false;
      const known = Object.keys(JSON.parse(await readFile(path.join(root, digests), "utf8")));
      const name = known.find((one) => one.includes("/data/"));
      if (name !== undefined) found = path.join(root, path.dirname(digests), name);
      return found !== null;
    },
    SOON_MS,
    () => "there are no digests",
  );
  return required<string>(found, "a file");
}

/** Reads until it is told to stop. @returns how often */
async function readOn(stop: AbortSignal, failures: unknown[]): Promise<number> {
  let reads = 0;
  for (; !stop.aborted; reads++) {
    const query = { vector: vectorOf(reads % DOCUMENTS), space: "v" };
    const asked = { collection: "v", query, k: 1 + (reads % 49), maxStalenessMs: 1_000 };
    await client.retrieve(asked).catch((error: unknown) => failures.push(error));
    await delay(50);
  }
  return reads;
}
