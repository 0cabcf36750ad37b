import { spawn, type ChildProcess } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "@upstash/redis";
import { describe, expect, test } from "vitest";
import { findEngine } from "./find-engine.ts";
import { IoredisEngine } from "./ioredis-engine.ts";
import { RedisProcess } from "./redis-process.ts";
import { describeUpstash } from "./upstash-suite.ts";

const TOKEN = "full-token";
const choice = await findEngine(process.env["NEARFIELD_REDIS"], process.env["PATH"] ?? "");

test("without a binary the look-up gives the JS engine", async () => {
  expect(await findEngine("js", process.env["PATH"] ?? "")).toEqual({ kind: "js" });
  expect(await findEngine(undefined, tmpdir())).toEqual({ kind: "js" });
  await expect(findEngine("no-such-redis", tmpdir())).rejects.toThrow(/not on PATH/);
});

test("a Redis binary is here to be tested: redis-server or valkey-server on PATH, or named by NEARFIELD_REDIS", () => {
  expect(choice.kind).toBe("binary");
});

if (choice.kind === "binary") {
  describeUpstash(choice.name, async () => {
    const folder = mkdtempSync(join(tmpdir(), "nearfield-real-"));
    const child = new RedisProcess({
      binary: choice.path,
      folder,
      role: "log",
      log: () => undefined,
    });
    await child.start();
    const engine = new IoredisEngine(
      choice.name,
      child.socketPath,
      () => child.pid(),
      () => child.stop(),
      () => undefined,
    );
    await engine.ready(10_000);
    return engine;
  });

  describe(`a front with ${choice.name}`, () => {
    test(
      "an engine that is killed under writers comes back with every acknowledged write",
      { timeout: 30_000 },
      async () => {
        const front = await startFront(mkdtempSync(join(tmpdir(), "nearfield-real-")));
        const acknowledged: string[] = [];
        const done = new AbortController();
        let sent = 0;
        const writer = async (): Promise<void> => {
          while (!done.signal.aborted) {
            const id = `w${sent++}`;
            try {
              await front.redis.xadd("stream", "*", { id });
              acknowledged.push(id);
            } catch {
              await sleep(20); // The engine is away: 503.
            }
          }
        };
        const writers = Array.from({ length: 8 }, writer);
        await sleep(500);
        process.kill(front.enginePid, "SIGKILL");
        await sleep(1_500);
        done.abort();
        await Promise.all(writers);
        const entries = Object.values(
          (await front.redis.xrange("stream", "-", "+", 100_000)) as Record<string, { id: string }>,
        );
        const ids = entries.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(acknowledged.filter((id) => !ids.includes(id))).toEqual([]);
        await stop(front.child);
        expect(runs(front.enginePid)).toBe(false);
      },
    );

    test(
      "an engine that a killed front left behind is ended by the next one, with its data kept",
      { timeout: 30_000 },
      async () => {
        const folder = mkdtempSync(join(tmpdir(), "nearfield-real-"));
        const first = await startFront(folder);
        await first.redis.set("k", "v");
        const ended = new Promise((resolve) => first.child.once("exit", resolve));
        first.child.kill("SIGKILL");
        await ended;
        expect(runs(first.enginePid)).toBe(true);
        const second = await startFront(folder);
        expect(runs(first.enginePid)).toBe(false);
        expect(await second.redis.get("k")).toBe("v");
        second.child.disconnect();
        await new Promise((resolve) => second.child.once("exit", resolve));
        expect(runs(second.enginePid)).toBe(false);
      },
    );

    test(
      "one that may lose what it acknowledged refuses to be the log, in one line that says why",
      { timeout: 30_000 },
      async () => {
        const folder = mkdtempSync(join(tmpdir(), "nearfield-real-"));
        const lax = join(folder, "lax-redis");
        const settings = "--appendfsync everysec --maxmemory-policy allkeys-lru";
        writeFileSync(lax, `#!/bin/sh\nexec ${choice.path} "$@" ${settings}\n`, { mode: 0o755 });
        const refused = await startFront(folder, lax).catch((error: unknown) => String(error));
        expect(refused).toMatch(
          /can't be the log: appendfsync is everysec instead of always, maxmemory-policy is allkeys-lru instead of noeviction\n/,
        );
        expect(readdirSync(folder)).not.toContain("engine.pid");
      },
    );

    test(
      "a log whose file lost its tail says so, and serves again with another run id",
      { timeout: 30_000 },
      async () => {
        const folder = mkdtempSync(join(tmpdir(), "nearfield-real-"));
        const first = await startFront(folder);
        for (let i = 1; i <= 20; i++) await first.redis.xadd("stream", `${i}-1`, { f: "v" });
        const runOf = async ({ redis }: Front): Promise<string | undefined> =>
          /run_id:(\w+)/.exec(
            await redis.eval<[], string>("return redis.call('INFO', 'server')", [], []),
          )?.[1];
        const firstRun = await runOf(first);
        await stop(first.child);
        const aof = join(
          folder,
          "appendonlydir",
          readdirSync(join(folder, "appendonlydir")).find((name) => name.includes(".incr.")) ?? "",
        );
        truncateSync(aof, statSync(aof).size - 7);
        const second = await startFront(folder);
        expect(await second.redis.xlen("stream")).toBe(19);
        expect(await runOf(second)).not.toBe(firstRun);
        expect(second.errors()).toMatch(/lost its tail: \d+ bytes cut off/);
        await stop(second.child);
        expect(readFileSync(aof).length).toBeGreaterThan(0);
      },
    );
  });
}

/** An ended process that nobody has waited for yet has no command line left. */
function runs(pid: number): boolean {
  return existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "";
}

interface Front {
  readonly child: ChildProcess;
  readonly redis: Redis;
  readonly enginePid: number;
  errors(): string;
}

async function startFront(folder: string, engine?: string): Promise<Front> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "main.ts"), "--dir", folder, "--role", "log"],
    {
      env: {
        ...process.env,
        NEARFIELD_REDIS_TOKEN: TOKEN,
        ...(engine === undefined ? {} : { NEARFIELD_REDIS: engine }),
      },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    },
  );
  if (child.stdout === null || child.stderr === null) throw new Error("the child has no pipes");
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => void (errors += chunk.toString()));
  for await (const line of createInterface(child.stdout)) {
    const { port, enginePid } = JSON.parse(line) as { port: number; enginePid: number };
    const redis = new Redis({
      url: `http://127.0.0.1:${port}`,
      token: TOKEN,
      retry: { retries: 0 },
      enableTelemetry: false,
    });
    return { child, redis, enginePid, errors: () => errors };
  }
  throw new Error(`the child ended before it was ready: ${errors}`);
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}
