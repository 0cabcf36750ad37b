import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import { UpstashLog } from "../../lambdas/adapters/upstash-log.ts";
import { collectionRecord } from "./collection-record.ts";
import { startRedis, type RunningRedis } from "./start-redis.ts";
import { smallSegments } from "./small-segments.ts";

const signal = () => AbortSignal.timeout(10_000);

let redis: RunningRedis;
beforeAll(async () => {
  redis = await startRedis("/usr/bin/redis-server");
});
afterAll(() => redis.stop());

async function command(...words: string[]): Promise<string> {
  const response = await fetch(redis.url, {
    method: "POST",
    headers: { authorization: `Bearer ${redis.token}` },
    body: JSON.stringify(words),
    signal: signal(),
  });
  const { result } = (await response.json()) as { result: string };
  return result;
}

/** Gives Redis as much memory as makes what it uses that share of it. */
async function fill(share: number): Promise<void> {
  const used = Number(/[\r\n]used_memory:(\d+)/.exec(await command("INFO", "memory"))?.[1]);
  await command("CONFIG", "SET", "maxmemory", String(share === 0 ? 0 : Math.floor(used / share)));
}

test("a log whose memory fills slows its writers down, then refuses them before anything is appended, and goes on when there is room", async () => {
  const log = new UpstashLog(createUpstashClient(redis.url, redis.token), smallSegments());
  const to = await log.register(collectionRecord({ name: randomUUID() }), signal());
  const append = (key: string) =>
    log.append(
      to,
      { idempotencyScope: key, requestDigest: key, held: null, entries: [key] },
      signal(),
    );
  await fill(0.5);
  expect(await append("a")).toMatchObject({ kind: "appended" });
  await fill(0.78);
  expect(await append("b")).toEqual({ kind: "write-backpressure" });
  await fill(0.93);
  expect(await append("b")).toEqual({ kind: "storage-full" });
  // What is there already takes no room.
  expect(await append("a")).toMatchObject({ kind: "repeated" });
  await fill(0);
  expect(await append("b")).toMatchObject({ kind: "appended", point: { position: 2 } });
});
