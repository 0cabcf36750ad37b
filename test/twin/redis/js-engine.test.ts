import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Reply } from "./engine.ts";
import { JsEngine } from "./js-engine.ts";

interface Twin {
  readonly folder: string;
  readonly logged: string[];
  timeMs: number;
}

const newTwin = (): Twin => ({
  folder: mkdtempSync(join(tmpdir(), "nearfield-redis-")),
  logged: [],
  timeMs: 1_700_000_000_000,
});

const start = async (twin: Twin, journalBytesMax?: number): Promise<JsEngine> =>
  await JsEngine.start({
    folder: twin.folder,
    wallMs: () => twin.timeMs,
    random: () => 0.37,
    log: (line) => void twin.logged.push(line),
    ...(journalBytesMax === undefined ? {} : { journalBytesMax }),
  });

const run = async (engine: JsEngine, ...words: readonly (string | number)[]): Promise<unknown> =>
  plain(await engine.run(words.map((word) => Buffer.from(String(word)))));

const plain = (reply: Reply): unknown => {
  if (Buffer.isBuffer(reply)) return reply.toString();
  if (reply instanceof Error) return `error: ${reply.message}`;
  return Array.isArray(reply) ? reply.map(plain) : reply;
};

const NOTE_TIME =
  "local t = redis.call('TIME'); redis.call('HSET', KEYS[1], ARGV[1], t[1] .. '.' .. t[2]); return t";

test("a restart gives back every value, with the time that scripts read and the members that chance drew", async () => {
  const twin = newTwin();
  const first = await start(twin);
  await run(first, "SADD", "set", ..."abcdefghij");
  const drawn = await run(first, "SPOP", "set", 3);
  await run(first, "EVAL", NOTE_TIME, 1, "times", "one");
  twin.timeMs += 1_234;
  await run(first, "EVAL", NOTE_TIME, 1, "times", "two");
  await run(first, "XADD", "stream", "*", "f", "v");
  const before = [
    await run(first, "HGETALL", "times"),
    await run(first, "XRANGE", "stream", "-", "+"),
    await run(first, "SMEMBERS", "set"),
  ];
  await first.stop();

  twin.timeMs += 86_400_000;
  const second = await start(twin);
  expect([
    await run(second, "HGETALL", "times"),
    await run(second, "XRANGE", "stream", "-", "+"),
    await run(second, "SMEMBERS", "set"),
  ]).toEqual(before);
  expect(before[0]).toEqual(["one", "1700000000.0", "two", "1700000001.234000"]);
  expect(drawn).toHaveLength(3);
  await second.stop();
});

test("what expired while the engine was away is gone, and what expired before a write is gone in the replay, too", async () => {
  const twin = newTwin();
  const first = await start(twin);
  await run(first, "SET", "short", "v", "PX", 1_000);
  await run(first, "SET", "long", "v", "PX", 100_000);
  await run(first, "SET", "lock", "old", "PX", 1_000);
  twin.timeMs += 1_000;
  expect(await run(first, "SET", "lock", "new", "NX", "PX", 90_000)).toBe("OK");
  await first.stop();
  twin.timeMs += 10_000;
  const second = await start(twin);
  expect(await run(second, "MGET", "short", "long", "lock")).toEqual([null, "v", "new"]);
  expect(await run(second, "PTTL", "lock")).toBe(80_000);
  await second.stop();
});

test("a snapshot holds all kinds of keys, their expiry and the scripts", async () => {
  const twin = newTwin();
  const first = await start(twin);
  await run(first, "SET", "string", "v", "PX", 50_000);
  await run(first, "HSET", "hash", "f", "v");
  await run(first, "ZADD", "zset", "1.5", "m");
  await run(first, "RPUSH", "list", "a", "b");
  await run(first, "SADD", "set", "m");
  for (let i = 1; i <= 5; i++) await run(first, "XADD", "stream", `${i}-1`, "f", i);
  await run(first, "XTRIM", "stream", "MINID", "3");
  await run(first, "XDEL", "stream", "5-1");
  const digest = await run(first, "SCRIPT", "LOAD", "return 'from the cache'");
  await first.stop();

  await (await start(twin, 1)).stop(); // A bound of one byte: this start writes a snapshot.
  const third = await start(twin);
  twin.timeMs += 1_000;
  expect(await run(third, "PTTL", "string")).toBe(49_000);
  expect(await run(third, "HGETALL", "hash")).toEqual(["f", "v"]);
  expect(await run(third, "ZRANGE", "zset", 0, -1, "WITHSCORES")).toEqual(["m", "1.5"]);
  expect(await run(third, "LRANGE", "list", 0, -1)).toEqual(["a", "b"]);
  expect(await run(third, "SMEMBERS", "set")).toEqual(["m"]);
  expect(await run(third, "XRANGE", "stream", "-", "+")).toEqual([
    ["3-1", ["f", "3"]],
    ["4-1", ["f", "4"]],
  ]);
  // The last id outlives its entry: the same position is never given twice.
  expect(await run(third, "XADD", "stream", "5-1", "f", "again")).toMatch(/equal or smaller/);
  expect(await run(third, "EVALSHA", digest as string, 0)).toBe("from the cache");
  await third.stop();
});

test("a journal past its bound is compacted while it serves", async () => {
  const twin = newTwin();
  const engine = await start(twin, 20_000);
  for (let i = 0; i < 200; i++) await run(engine, "SET", "same", "x".repeat(1_000));
  await run(engine, "INCR", "n");
  expect(statSync(join(twin.folder, "journal.aof")).size).toBeLessThan(45_000);
  await engine.stop();
  const again = await start(twin);
  expect(await run(again, "MGET", "same", "n")).toEqual(["x".repeat(1_000), "1"]);
  await again.stop();
});

test("a torn tail is cut off, told, and what comes after it is kept", async () => {
  const twin = newTwin();
  const path = join(twin.folder, "journal.aof");
  const first = await start(twin);
  await run(first, "SET", "kept", "1");
  await run(first, "SET", "torn", "1");
  await first.stop();
  truncateSync(path, statSync(path).size - 7);
  const second = await start(twin);
  expect(twin.logged.join()).toMatch(/last \d+ bytes .* cut off/);
  await run(second, "SET", "after", "1");
  expect(await run(second, "MGET", "kept", "torn", "after")).toEqual(["1", null, "1"]);
  await second.stop();
  appendFileSync(path, Buffer.alloc(100, 1)); // Garbage that is no record.
  const third = await start(twin);
  expect(await run(third, "MGET", "kept", "torn", "after")).toEqual(["1", null, "1"]);
  await third.stop();
});

test("each start has its own run id, and a replay still sees the one that a script saw", async () => {
  const twin = newTwin();
  const noteRun =
    "redis.call('SET', KEYS[1], string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')); return 1";
  const runOf = async (engine: JsEngine): Promise<string | undefined> =>
    /run_id:(\w+)/.exec(String(await run(engine, "INFO", "server")))?.[1];
  const first = await start(twin);
  const firstRun = await runOf(first);
  await run(first, "EVAL", noteRun, 1, "run");
  await first.stop();
  const second = await start(twin);
  expect(await run(second, "GET", "run")).toBe(firstRun);
  expect(await runOf(second)).not.toBe(firstRun);
  await second.stop();
});

test("the engine's time never falls, whatever the clock does", async () => {
  const twin = newTwin();
  const engine = await start(twin);
  await run(engine, "SET", "k", "v", "PX", 1_000);
  twin.timeMs += 2_000;
  expect(await run(engine, "GET", "k")).toBeNull();
  twin.timeMs -= 3_600_000;
  expect(await run(engine, "GET", "k")).toBeNull();
  expect(await run(engine, "TIME")).toEqual(["1700000002", "0"]);
  await engine.stop();
});

test("reads of a long stream and a large hash do not copy it", async () => {
  const twin = newTwin();
  const engine = await start(twin);
  const payload = "x".repeat(2_000);
  await Promise.all(
    Array.from({ length: 500 }, (_, i) =>
      run(engine, "XADD", "stream", `${i + 1}-1`, "f", payload),
    ),
  );
  const newest = await run(
    engine,
    "EVAL",
    "return redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)",
    1,
    "stream",
  );
  expect(newest).toEqual([["500-1", ["f", payload]]]);
  await run(engine, "HSET", "hash", "f", "v");
  expect(await run(engine, "HGET", "hash", "f")).toBe("v");
  expect(await run(engine, "HGET", "stream", "f")).toMatch(/WRONGTYPE/);
  expect(await run(engine, "XLEN", "none")).toBe(0);
  expect(await run(engine, "EXISTS", "none")).toBe(0);
  await engine.stop();
});

test("a byte damaged in the middle of the journal refuses the start and cuts nothing; a torn tail is cut", async () => {
  const twin = newTwin();
  const first = await start(twin);
  for (let i = 0; i < 20; i++) await run(first, "SET", `key${i}`, "x".repeat(100));
  await first.stop();
  const path = join(twin.folder, "journal.aof");
  const whole = readFileSync(path);
  const damaged = Buffer.from(whole);
  damaged[whole.length >> 1] = (damaged[whole.length >> 1] ?? 0) ^ 0xff;
  writeFileSync(path, damaged);
  await expect(start(twin)).rejects.toThrow(/journal\.aof is damaged at byte \d+/);
  expect(readFileSync(path).equals(damaged)).toBe(true);

  writeFileSync(path, whole.subarray(0, whole.length - 5));
  const second = await start(twin);
  expect(await run(second, "GET", "key18")).toBe("x".repeat(100));
  expect(await run(second, "GET", "key19")).toBeNull();
  await second.stop();
});
