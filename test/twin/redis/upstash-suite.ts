import { Redis } from "@upstash/redis";
import type { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RedisEngine } from "./engine.ts";
import { createUpstashFront } from "./upstash-front.ts";

const TOKEN = "suite-token";

interface Lab {
  url(): string;
  redis(): Redis;
  /** Any request, with the token. */
  call(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body: unknown): Promise<{ readonly status: number; readonly body: unknown }>;
}

/** What every engine must answer to Upstash's own client, through the front. */
export function describeUpstash(name: string, startEngine: () => Promise<RedisEngine>): void {
  describe(`the Upstash REST protocol over ${name}`, () => {
    let engine: RedisEngine;
    let server: Server;
    let redis: Redis;
    let url = "";
    beforeAll(async () => {
      engine = await startEngine();
      server = createUpstashFront({ engine, token: TOKEN, log: () => undefined });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
      redis = new Redis({ url, token: TOKEN, retry: { retries: 0 }, enableTelemetry: false });
    });
    afterAll(async () => {
      server.closeAllConnections();
      server.close();
      await engine.stop();
    });
    const call: Lab["call"] = async (path, init = {}) =>
      await fetch(url + path, {
        ...init,
        headers: { authorization: `Bearer ${TOKEN}`, ...init.headers },
      });
    const post: Lab["post"] = async (path, body) => {
      const response = await call(path, { method: "POST", body: JSON.stringify(body) });
      return { status: response.status, body: await response.json() };
    };
    const lab: Lab = { url: () => url, redis: () => redis, call, post };
    testData(lab);
    testScriptsAndBatches(lab);
    testWire(lab);
  });
}

function testData(lab: Lab): void {
  test("strings, expiry and conditions", async () => {
    expect(await lab.redis().set("s:a", "grüße €", { px: 60_000 })).toBe("OK");
    expect(await lab.redis().get("s:a")).toBe("grüße €");
    expect(await lab.redis().set("s:a", "other", { nx: true })).toBeNull();
    expect(await lab.redis().pttl("s:a")).toBeGreaterThan(50_000);
    expect(await lab.redis().get("s:missing")).toBeNull();
    expect(await lab.redis().incr("s:n")).toBe(1);
    await lab.redis().set("s:short", "x", { px: 30 });
    await sleep(60);
    expect(await lab.redis().get("s:short")).toBeNull();
  });

  test("hashes and sorted sets", async () => {
    expect(await lab.redis().hset("h:a", { one: "1", two: "zwei" })).toBe(2);
    expect(await lab.redis().hmget("h:a", "one", "none")).toEqual({ one: 1, none: null });
    expect(await lab.redis().hgetall("h:a")).toEqual({ one: 1, two: "zwei" });
    expect(await lab.redis().hget("h:a", "two")).toBe("zwei");
    expect(
      await lab.redis().zadd("z:a", { score: 2, member: "b" }, { score: 1, member: "a" }),
    ).toBe(2);
    expect(await lab.redis().zrange("z:a", 0, -1, { withScores: true })).toEqual(["a", 1, "b", 2]);
  });

  test("streams with ids of the caller's", async () => {
    expect(await lab.redis().xadd("x:a", "1-1", { f: "v" })).toBe("1-1");
    expect(await lab.redis().xadd("x:a", "2-1", { f: "w" })).toBe("2-1");
    await expect(lab.redis().xadd("x:a", "2-1", { f: "again" })).rejects.toThrow(
      /equal or smaller/,
    );
    expect(await lab.redis().xrange("x:a", "-", "+")).toEqual({
      "1-1": { f: "v" },
      "2-1": { f: "w" },
    });
    expect(await lab.redis().xrange("x:a", "(1-1", "+")).toEqual({ "2-1": { f: "w" } });
  });
}

function testScriptsAndBatches(lab: Lab): void {
  test("scripts by text and by digest, also those with Upstash's own flag", async () => {
    const script = "#!lua flags=allow-key-locking\nreturn redis.call('INCRBY', KEYS[1], ARGV[1])";
    expect(await lab.redis().eval(script, ["l:n"], [5])).toBe(5);
    const digest = await lab.redis().scriptLoad(script);
    expect(await lab.redis().evalsha(digest, ["l:n"], [2])).toBe(7);
    expect(await lab.redis().scriptExists(digest)).toEqual([1]);
    await expect(lab.redis().evalsha("0".repeat(40), [], [])).rejects.toThrow(/NOSCRIPT/);
  });

  test("the engine's time and run id are there for scripts", async () => {
    const before = Date.now();
    const [seconds, micros] = await lab
      .redis()
      .eval<[], [string, string]>("return redis.call('TIME')", [], []);
    expect(Number(seconds) * 1_000 + Number(micros) / 1_000).toBeGreaterThan(before - 2);
    const info = await lab.redis().eval<[], string>("return redis.call('INFO', 'server')", [], []);
    expect(info).toMatch(/run_id:[0-9a-f]{40}/);
  });

  test("a pipeline answers each command, a failing one too", async () => {
    const results = await lab
      .redis()
      .pipeline()
      .set("p:a", "1")
      .hset("p:a", { x: 1 })
      .get("p:a")
      .exec({ keepErrors: true });
    expect(results.map(({ result }) => result)).toEqual(["OK", undefined, 1]);
    expect(results[1]?.error).toMatch(/WRONGTYPE/);
  });

  test("a transaction has nothing in between", async () => {
    const rounds = await Promise.all(
      Array.from({ length: 20 }, () =>
        lab.redis().multi().incr("m:n").incr("m:n").hgetall("m:h").exec<[number, number, null]>(),
      ),
    );
    for (const [first, second] of rounds) expect(second).toBe(first + 1);
  });
}

function testWire(lab: Lab): void {
  test("bytes come through untouched, encoded or not", async () => {
    const text = '\u0000"\\ end\n';
    expect(await lab.post("/", ["SET", "b:a", text])).toEqual({
      status: 200,
      body: { result: "OK" },
    });
    expect(await lab.post("/", ["GET", "b:a"])).toEqual({ status: 200, body: { result: text } });
    const encoded = await lab.call("/get/b:a", { headers: { "upstash-encoding": "base64" } });
    expect(await encoded.json()).toEqual({ result: Buffer.from(text).toString("base64") });
  });

  test("the path form, with the body as the last word and options behind it", async () => {
    expect(
      await (await lab.call("/set/path%3Aa?EX=100", { method: "POST", body: "hello" })).json(),
    ).toEqual({ result: "OK" });
    expect(await (await lab.call("/get/path:a")).json()).toEqual({ result: "hello" });
    expect(await (await lab.call("/ttl/path:a")).json()).toEqual({ result: 100 });
  });

  test("mistakes are told by their status", async () => {
    expect((await fetch(lab.url(), { method: "POST", body: '["PING"]' })).status).toBe(401);
    expect((await lab.call("/", { headers: { authorization: "Bearer suite-tokeN" } })).status).toBe(
      401,
    );
    expect(await lab.post("/", ["SET", "only"])).toMatchObject({
      status: 400,
      body: { error: /^ERR wrong number/ },
    });
    expect(await lab.post("/", ["NOPE"])).toMatchObject({
      status: 400,
      body: { error: /^ERR unknown command/ },
    });
    expect(await lab.post("/", [])).toMatchObject({ status: 400 });
    expect(await lab.post("/", { a: 1 })).toMatchObject({ status: 400 });
    expect((await lab.call("/", { method: "POST", body: "{" })).status).toBe(400);
    expect(await lab.post("/", ["BLPOP", "q", "0"])).toMatchObject({
      status: 400,
      body: { error: /not available/ },
    });
    expect(await lab.post("/", ["XREAD", "BLOCK", "0", "STREAMS", "q", "$"])).toMatchObject({
      status: 400,
    });
  });

  test("a body above 1 MiB is refused, one of 900 KB is not", async () => {
    expect(await lab.post("/", ["SET", "big", "x".repeat(900_000)])).toMatchObject({ status: 200 });
    expect(await lab.post("/", ["SET", "big", "x".repeat(1_048_577)])).toMatchObject({
      status: 413,
    });
  });

  test("subscribers get messages as server-sent events", async () => {
    const leaving = new AbortController();
    const channel = await lab.call("/subscribe/news", { signal: leaving.signal });
    const pattern = await lab.call("/psubscribe/n*", { signal: leaving.signal });
    expect(channel.headers.get("content-type")).toBe("text/event-stream");
    await expectLines(channel, ["data: subscribe,news,1"]);
    await expectLines(pattern, ["data: psubscribe,n*,1"]);
    expect(await lab.redis().publish("news", "hello")).toBe(2);
    await expectLines(channel, ["data: message,news,hello"]);
    await expectLines(pattern, ["data: pmessage,n*,news,hello"]);
    leaving.abort();
  });
}

const readers = new WeakMap<Response, ReadableStreamDefaultReader<Uint8Array>>();

async function expectLines(response: Response, lines: readonly string[]): Promise<void> {
  const reader = readers.get(response) ?? response.body?.getReader();
  if (reader === undefined) throw new Error("the response has no body");
  readers.set(response, reader);
  let text = "";
  while (text.split("\n").filter((line) => line !== "").length < lines.length) {
    const { value, done } = await reader.read();
    if (done) break;
    text += new TextDecoder().decode(value);
  }
  expect(text.split("\n").filter((line) => line !== "")).toEqual(lines);
}
