import { readdir, readFile, stat, truncate } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import type { DocumentInput } from "../../shared/contracts/document.ts";
import { parseToken, type PositionToken } from "../../shared/domain/point.ts";
import { required } from "../../shared/std/assert.ts";
import { alive, startTwin, until, type RunningTwin } from "../flows/start-twin.ts";
import { vectorCollection, vectorOf } from "../flows/vectors.ts";
import { fileOf } from "../suites/start-redis.ts";

const REDIS = "/usr/bin/redis-server";
const RECOVERY_MS_MAX = 30_000;

interface Acknowledged {
  readonly id: string;
  readonly token: PositionToken;
  readonly text: string;
}

/** One write; null where it was refused. */
async function write(
  twin: RunningTwin,
  location: string,
  id: string,
): Promise<Acknowledged | null> {
  const { locations, key } = await twin.report();
  const url = required(
    locations.find(({ name }) => name === location),
    "a location",
  ).url;
  const response = await fetch(`${url}/v1/documents`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({
      collection: "v",
      documents: [{ id, vectors: { v: vectorOf(1) } }],
      deadlineMs: 3_000,
    }),
    signal: AbortSignal.timeout(10_000),
  });
  await response.text();
  const text = response.headers.get("nearfield-position");
  const token = text === null ? null : parseToken(text);
  return response.ok && text !== null && token !== null ? { id, token, text } : null;
}

async function read(twin: RunningTwin, location: string, id: string, headers: object) {
  const { locations, key } = await twin.report();
  const { url } = required(
    locations.find(({ name }) => name === location),
    "a location",
  );
  const response = await fetch(`${url}/v1/documents/${id}?collection=v&consistency=session`, {
    headers: { authorization: `Bearer ${key}`, ...headers },
    signal: AbortSignal.timeout(20_000),
  });
  return { status: response.status, body: (await response.json()) as { code?: string } };
}

/** Kills the log's Redis, cuts bytes off the end of its file, and lets it start again. */
async function loseTail(twin: RunningTwin, bytes: number): Promise<void> {
  const { redis } = await twin.report();
  const engine = required(redis.find(({ role }) => role === "log")?.enginePid, "an engine");
  await twin.control("POST", "/processes/redis-log/hold");
  if (alive(engine)) process.kill(engine, "SIGKILL");
  await until(
    () => !alive(engine),
    5_000,
    () => "the engine does not end",
  );
  const file = await fileOf(path.join(twin.state, "redis-log"), REDIS);
  // The last few bytes would be no more than a reading of the log's time: they are cut off its last append.
  const end = bytes < 100 ? await endOfLastAppend(file) : (await stat(file)).size;
  await truncate(file, Math.max(0, end - bytes));
  await twin.control("POST", "/processes/redis-log/release");
}

/** Where the transaction ends by which the append script is kept. */
async function endOfLastAppend(file: string): Promise<number> {
  const text = await readFile(file, "latin1");
  return text.indexOf("EXEC\r\n", text.lastIndexOf("XADD")) + "EXEC\r\n".length;
}

/** What the regions have reported, of one kind. */
async function reported(twin: RunningTwin, event: string): Promise<Record<string, unknown>[]> {
  const logs = path.join(twin.state, "logs");
  const texts = await Promise.all(
    (await readdir(logs))
      .filter((name) => name.startsWith("region-"))
      .map((name) => readFile(path.join(logs, name), "utf8")),
  );
  return texts
    .flatMap((text) => text.split("\n"))
    .filter((line) => line.startsWith(`{"event":"${event}"`))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test.each([7, 4_096, 65_536])(
  "log-tail-lost: %i bytes cut off the log's file: writes go on in a later term, lost positions are said to be lost, how many is told, and what is left of them is kept",
  async (bytes) => {
    const twin = await startTwin({ redis: REDIS, args: ["--wan", "off"] });
    try {
      await (await twin.client("iad")).createCollection(vectorCollection("v"));
      const acknowledged: Acknowledged[] = [];
      const keep = async (location: string, id: string) => {
        const one = await write(twin, location, id).catch(() => null);
        if (one !== null) acknowledged.push(one);
        return one;
      };
      for (let n = 0; n < 20; n++) await keep("fra", `kept-${n}`);
      await delay(2_500); // All regions have them.
      // One region has not applied what is lost, so that it can serve what is left.
      await twin.control("POST", "/links/eu-central-1->log", { mode: "cut" });
      for (let n = 0; n < 150; n++) await keep("iad", `late-${n}`);
      const last = required(acknowledged.at(-1), "a write");
      await loseTail(twin, bytes);
      await twin.control("DELETE", "/links/eu-central-1->log");

      let first: Acknowledged | null = null;
      await until(
        async () => (first = await keep("fra", `after-${acknowledged.length}`)) !== null,
        RECOVERY_MS_MAX,
        () => "writes do not come back",
      );
      const { term, position } = required<Acknowledged>(first, "a write").token;
      expect(term).toBeGreaterThan(last.token.term);
      for (let n = 0; n < 10; n++) expect(await keep("iad", `more-${n}`)).not.toBeNull();

      const places = acknowledged.map(({ token }) => `${token.position}-${token.term}`);
      expect(new Set(places).size).toBe(places.length);
      const lost = acknowledged.filter(
        ({ token }) => token.term === last.token.term && token.position >= position,
      );
      expect(lost.length).toBeGreaterThan(0);
      for (const location of ["iad", "fra", "sin"]) {
        let found: Awaited<ReturnType<typeof read>> | null = null;
        const isLost = async () => {
          found = await read(twin, location, "kept-0", { "nearfield-position": last.text });
          return found.status === 409 && found.body.code === "position-lost";
        };
        await until(isLost, RECOVERY_MS_MAX, () => `${location}: ${JSON.stringify(found)}`);
        const { status: known } = await read(twin, location, "kept-0", {
          "nearfield-position": required(acknowledged[0], "a write").text,
        });
        expect(known).toBe(200);
      }
      const alarms = await reported(twin, "log-tail-lost");
      expect(alarms.map(({ lost: count }) => count)).toContain(lost.length);

      const client = await twin.client("fra");
      const there = new Set<string>();
      const page = await client.listDocuments({
        collection: "v",
        limit: 1_000,
        consistency: "strong",
      });
      for (const { id } of page.documents) there.add(id);
      const missing = acknowledged.filter(({ id }) => !there.has(id));
      expect(missing.map(({ id }) => id).sort()).toEqual(lost.map(({ id }) => id).sort());

      const kept = path.join(twin.state, "blobs", "lost");
      await until(
        async () => (await readdir(kept).catch(() => [])).some((name) => name.endsWith(".ndjson")),
        RECOVERY_MS_MAX,
        () => "what is left of the lost entries is not kept",
      );
      const file = required(
        (await readdir(kept)).find((name) => name.endsWith(".ndjson")),
        "it",
      );
      const lines = (await readFile(path.join(kept, file), "utf8")).trim().split("\n");
      const documents = lines.map((line) => JSON.parse(line) as DocumentInput);
      expect(documents.map(({ id = "" }) => id).sort()).toEqual(lost.map(({ id }) => id).sort());
      await client.putDocuments({ collection: "v", documents });
      expect((await client.countDocuments({ collection: "v", consistency: "strong" })).count).toBe(
        there.size + lost.length,
      );
    } finally {
      await twin.stop();
      await twin.remove();
    }
  },
  180_000,
);
