import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "@upstash/redis";
import { expect, test } from "vitest";

const MAIN = join(import.meta.dirname, "main.ts");
const TOKEN = "crash-token";
const WRITERS = 8;
const ROUNDS = 3;

const NOTE = `local t = redis.call('TIME')
redis.call('HSET', KEYS[1], ARGV[1], t[1] * 1000 + t[2] / 1000)
redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
return t[1] * 1000 + t[2] / 1000`;

interface Front {
  readonly child: ChildProcess;
  readonly redis: Redis;
}

async function startFront(folder: string): Promise<Front> {
  const child = spawn(process.execPath, [MAIN, "--dir", folder, "--role", "log"], {
    env: { ...process.env, NEARFIELD_REDIS: "js", NEARFIELD_REDIS_TOKEN: TOKEN },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  if (child.stdout === null) throw new Error("the child has no stdout");
  for await (const line of createInterface(child.stdout)) {
    const { port } = JSON.parse(line) as { port: number };
    const redis = new Redis({
      url: `http://127.0.0.1:${port}`,
      token: TOKEN,
      retry: { retries: 0 },
      enableTelemetry: false,
    });
    return { child, redis };
  }
  throw new Error("the child ended before it was ready");
}

test(
  "after kill -9 under concurrent writers every acknowledged write is there, exactly once",
  { timeout: 60_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "nearfield-crash-"));
    /** What was acknowledged: the key or field, and what must be read. */
    const streamed: string[] = [];
    const noted = new Map<string, number>();
    const hashed: string[] = [];
    let sent = 0;

    for (let round = 0; round < ROUNDS; round++) {
      const { child, redis } = await startFront(folder);
      if (round === 0) await redis.set("dies", "1", { px: 200 });
      const writer = async (): Promise<void> => {
        for (;;) {
          const id = `w${sent++}`;
          await redis.xadd("stream", "*", { id });
          streamed.push(id);
          await redis.hset("hash", { [id]: id });
          hashed.push(id);
          noted.set(id, await redis.eval<[string], number>(NOTE, ["times", "counts"], [id]));
        }
      };
      const writers = Array.from({ length: WRITERS }, () => writer().catch(() => undefined));
      await sleep(400);
      child.kill("SIGKILL");
      await Promise.all(writers);
    }

    const { child, redis } = await startFront(folder);
    const entries = Object.values(
      (await redis.xrange("stream", "-", "+", 100_000)) as Record<string, { id: string }>,
    );
    const ids = entries.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(streamed.filter((id) => !ids.includes(id))).toEqual([]);
    const hash = (await redis.hgetall<Record<string, string>>("hash")) ?? {};
    expect(hashed.filter((id) => hash[id] !== id)).toEqual([]);
    const times = (await redis.hgetall<Record<string, number>>("times")) ?? {};
    const counts = (await redis.hgetall<Record<string, number>>("counts")) ?? {};
    expect(
      [...noted].filter(
        ([id, timeMs]) => Math.floor(Number(times[id])) !== timeMs || Number(counts[id]) !== 1,
      ),
    ).toEqual([]);
    expect(await redis.get("dies")).toBeNull();
    expect(streamed.length).toBeGreaterThan(ROUNDS * WRITERS);

    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.disconnect(); // Its parent is gone, as far as it can tell.
    await ended;
  },
);
