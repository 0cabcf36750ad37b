import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { seededRandom } from "../../../shared/std/random.ts";
import { Fault, NO_FAULT } from "./fault.ts";
import { openLink, type HttpLink } from "./http-link.ts";

let server: Server;
let link: HttpLink;
let bodies: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (bytes: Buffer) => (body += bytes.toString()));
    request.on("end", () => {
      bodies.push(body);
      if (request.url !== "/stream") return void response.end(`got ${body}`);
      response.write("one ");
      setTimeout(() => response.end("two"), 80);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = {
    name: "a->b",
    rttMs: 60,
    jitterShare: 0,
    bytesPerMs: 100_000,
    setupRtts: 2,
    random: seededRandom(1),
  };
  link = await openLink({ ...options, target: () => target });
});
afterEach(() => {
  link.fault = NO_FAULT;
  bodies = [];
});
afterAll(async () => {
  await link.close();
  server.close();
});

const post = (path: string, body: string, timeoutMs = 20_000) =>
  fetch(`${link.url}${path}`, { method: "POST", body, signal: AbortSignal.timeout(timeoutMs) });

test("a request and its answer arrive whole, and take at least the distance", async () => {
  const startMs = performance.now();
  expect(await (await post("/", "hello")).text()).toBe("got hello");
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(59);
});

test("a stream arrives piece by piece", async () => {
  const pieces: string[] = [];
  for await (const bytes of (await post("/stream", "")).body ?? [])
    pieces.push(new TextDecoder().decode(bytes));
  expect(pieces).toEqual(["one ", "two"]);
});

test("a cut link resets what is under way and refuses what comes", async () => {
  const underWay = post("/stream", "").then((answer) => answer.text());
  const outcome = underWay.catch(() => "lost");
  await delay(100);
  link.fault = Fault.parse({ mode: "cut" });
  expect(await outcome).toBe("lost");
  await expect(post("/", "x")).rejects.toThrow();
  link.fault = NO_FAULT;
  expect(await (await post("/", "again")).text()).toBe("got again");
});

test("a hanging link takes requests and gives nothing back", async () => {
  link.fault = Fault.parse({ mode: "hang" });
  await expect(post("/", "x", 1_000)).rejects.toThrow(/timeout/i);
  expect(bodies).toEqual([]);
});

test("a link that hangs behind an answer's last byte leaves its connection as it is", async () => {
  for (let round = 0; round < 20; round++) {
    expect(await (await post("/", "x")).text()).toBe("got x");
    link.fault = Fault.parse({ mode: "hang" });
    await delay(5);
    link.fault = NO_FAULT;
  }
});

test("a link can hang after the headers", async () => {
  link.fault = Fault.parse({ mode: "half" });
  const answer = await post("/", "x");
  expect(answer.status).toBe(200);
  expect(await Promise.race([answer.text(), delay(500, "nothing")])).toBe("nothing");
  await answer.body?.cancel().catch(() => null);
});

test("503 comes back at once", async () => {
  link.fault = Fault.parse({ mode: "fail503" });
  expect((await post("/", "x")).status).toBe(503);
  expect(bodies).toEqual([]);
});

test("a duplicated request is delivered twice and answered once", async () => {
  link.fault = Fault.parse({ duplicate: true });
  expect(await (await post("/", "x")).text()).toBe("got x");
  await expect.poll(() => bodies).toEqual(["x", "x"]);
});

test("requests in a reorder window come in another order, and none is lost", async () => {
  link.fault = Fault.parse({ reorderWindow: 8 });
  const sent = Array.from({ length: 8 }, (_, i) => String(i));
  await Promise.all(sent.map(async (body) => (await post("/", body)).text()));
  expect(bodies.toSorted()).toEqual(sent);
  expect(bodies).not.toEqual(sent);
});

test("a fault of some bodies leaves the other requests alone, which arrive whole", async () => {
  link.fault = Fault.parse({ mode: "cut", only: '"shard":2' });
  await expect(post("/", '{"shard":2,"k":1}')).rejects.toThrow();
  expect(await (await post("/", '{"shard":1,"k":1}')).text()).toBe('got {"shard":1,"k":1}');
  link.fault = Fault.parse({ extraDelayMs: 300, only: '"shard":2' });
  const startMs = performance.now();
  await Promise.all([
    post("/", '{"shard":2}').then(() => performance.now() - startMs),
    post("/", '{"shard":1}').then(() => performance.now() - startMs),
  ]).then(([slow, other]) => expect(slow - other).toBeGreaterThan(150));
});
