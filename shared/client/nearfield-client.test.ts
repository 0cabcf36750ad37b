import { expect, test } from "vitest";
import { NearfieldError, type NearfieldClientOptions } from "./nearfield-client.ts";
import { NearfieldOperator } from "./nearfield-operator.ts";
import type { Exchange } from "./transport.ts";

const LINE = "abcdefabcdef.1";
const QUERY = { collection: "demo", query: { text: "a cat" } };

interface Scripted {
  readonly client: NearfieldOperator;
  readonly requests: Request[];
  readonly sleepsMs: number[];
  readonly exchanges: Exchange[];
}

/** A client whose replies are given in order; the last one repeats. Time passes only in `sleepsMs`. */
function scripted(
  replies: readonly (Response | Error)[],
  options: Partial<NearfieldClientOptions> = {},
): Scripted {
  const [requests, sleepsMs, exchanges]: [Request[], number[], Exchange[]] = [[], [], []];
  const client = new NearfieldOperator({
    url: "http://edge.test",
    key: "k",
    fetch: async (request) => {
      requests.push(request.clone());
      const reply = replies[Math.min(requests.length, replies.length) - 1];
      if (reply === undefined || reply instanceof Error) throw reply;
      return reply.clone();
    },
    sleep: async (delayMs) => void sleepsMs.push(delayMs),
    random: () => 0.5,
    newId: () => "id-1",
    monotonicMs: () => 0,
    onExchange: (exchange) => exchanges.push(exchange),
    ...options,
  });
  return { client, requests, sleepsMs, exchanges };
}

function answer(position: string, body: object = { hits: [] }): Response {
  return Response.json(body, {
    headers: {
      "nearfield-position": position,
      "nearfield-request-id": "r",
      "server-timing": "total;dur=2.0",
    },
  });
}

function problem(status: number, code: string, headers: Record<string, string> = {}): Response {
  return Response.json(
    { type: `urn:nearfield:problem:${code}`, title: "T", status, code, hint: "H", requestId: "r1" },
    { status, headers },
  );
}

test("a reply's position is sent back with the next call of that collection, and of no other", async () => {
  const { client, requests } = scripted([answer(`${LINE}.7.00000000`)]);
  await client.retrieve(QUERY);
  await client.retrieve(QUERY);
  await client.retrieve({ ...QUERY, collection: "other" });
  await client.status();
  expect(requests.map((request) => request.headers.get("nearfield-position"))).toEqual([
    null,
    `${LINE}.7.00000000`,
    null,
    null,
  ]);
});

test("an older position never replaces a newer one", async () => {
  const { client } = scripted([answer(`${LINE}.9.00000000`), answer(`${LINE}.7.00000000`)]);
  await client.retrieve(QUERY);
  await client.retrieve(QUERY);
  expect(client.positions).toEqual({ demo: `${LINE}.9.00000000` });
});

test("a later term replaces a higher position of an earlier one", async () => {
  const { client } = scripted([
    answer("abcdefabcdef.1.9.00000000"),
    answer("abcdefabcdef.2.7.00000000"),
  ]);
  await client.retrieve(QUERY);
  await client.retrieve(QUERY);
  expect(client.positions).toEqual({ demo: "abcdefabcdef.2.7.00000000" });
});

test("a write's position is carried by the reads after it", async () => {
  const { client, requests } = scripted([answer(`${LINE}.8.00000000`)]);
  await client.putDocuments({ collection: "demo", documents: [{ text: "new" }] });
  await client.countDocuments({ collection: "demo" });
  expect(requests[1]?.headers.get("nearfield-position")).toBe(`${LINE}.8.00000000`);
});

test("positions move to another client, and a session can be switched off", async () => {
  const moved = scripted([answer(`${LINE}.9.00000000`)], {
    session: { positions: { demo: `${LINE}.5.00000000` } },
  });
  await moved.client.retrieve(QUERY);
  expect(moved.requests[0]?.headers.get("nearfield-position")).toBe(`${LINE}.5.00000000`);
  const off = scripted([answer(`${LINE}.9.00000000`)], { session: false });
  await off.client.retrieve(QUERY);
  await off.client.retrieve(QUERY);
  expect(off.requests[1]?.headers.get("nearfield-position")).toBeNull();
});

test("a position that the server calls lost is not sent again", async () => {
  const { client, requests } = scripted(
    [problem(409, "position-lost"), answer(`${LINE}.1.00000000`)],
    { session: { positions: { demo: "x.1.1.y" } } },
  );
  await expect(client.retrieve(QUERY)).rejects.toMatchObject({ code: "position-lost" });
  await client.retrieve(QUERY);
  expect(requests[1]?.headers.get("nearfield-position")).toBeNull();
});

test("503 and 429 are retried after Retry-After plus jitter", async () => {
  const { client, sleepsMs, exchanges } = scripted([
    problem(503, "overloaded", { "retry-after": "1" }),
    problem(429, "write-backpressure"),
    answer(`${LINE}.1.00000000`),
  ]);
  await expect(client.retrieve(QUERY)).resolves.toEqual({ hits: [] });
  expect(sleepsMs).toEqual([1_100, 200]);
  expect(exchanges.map(({ status, attempt }) => [status, attempt])).toEqual([
    [503, 0],
    [429, 1],
    [200, 2],
  ]);
});

test("after two retries the problem is thrown as it was told", async () => {
  const { client, requests } = scripted([
    problem(503, "consistency-unavailable", { "retry-after": "1" }),
  ]);
  const error = await client.retrieve(QUERY).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(NearfieldError);
  expect(error).toMatchObject({
    code: "consistency-unavailable",
    hint: "H",
    requestId: "r1",
    status: 503,
    errors: [],
    retryAfterMs: 1_000,
  });
  expect(requests).toHaveLength(3);
});

test("a server that asks for a long wait is not waited for, and 400 and 504 are not retried", async () => {
  for (const reply of [
    problem(503, "overloaded", { "retry-after": "60" }),
    problem(400, "invalid-request"),
    problem(504, "deadline-exceeded"),
  ]) {
    const { client, requests } = scripted([reply]);
    await expect(client.retrieve(QUERY)).rejects.toBeInstanceOf(NearfieldError);
    expect(requests).toHaveLength(1);
  }
});

test("a retried write carries one idempotency key", async () => {
  const { client, requests } = scripted([
    new TypeError("reset"),
    problem(503, "outcome-unknown"),
    answer(`${LINE}.1.00000000`),
  ]);
  await client.putDocuments({ collection: "demo", documents: [{ text: "new" }] });
  expect(requests.map((request) => request.headers.get("idempotency-key"))).toEqual([
    "id-1",
    "id-1",
    "id-1",
  ]);
});

test("creating a collection is not retried", async () => {
  const { client, requests } = scripted([problem(503, "primary-unavailable")]);
  await expect(client.createCollection({ name: "demo" })).rejects.toMatchObject({
    code: "primary-unavailable",
  });
  expect(requests).toHaveLength(1);
});

test("an unreachable location is a network-error", async () => {
  const { client } = scripted([new TypeError("refused")], { retriesMax: 0 });
  await expect(client.status()).rejects.toMatchObject({
    code: "network-error",
    status: null,
    requestId: null,
  });
});

test("a failure without a problem document is told with its status", async () => {
  const { client } = scripted([new Response("<html>", { status: 502 })]);
  await expect(client.status()).rejects.toMatchObject({ code: "bad-reply", status: 502 });
});

test("the caller's abort comes back as it was given; the deadline's is a timeout", async () => {
  const hanging = (request: Request) =>
    new Promise<Response>((_, reject) =>
      request.signal.addEventListener("abort", () => reject(request.signal.reason)),
    );
  const client = new NearfieldOperator({ url: "http://edge.test", key: "k", fetch: hanging });
  const reason = new Error("overtaken");
  await expect(client.retrieve(QUERY, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  await expect(client.retrieve(QUERY, { timeoutMs: 1 })).rejects.toMatchObject({ code: "timeout" });
});

test("ids and filters are encoded into the address", async () => {
  const { client, requests } = scripted([answer(`${LINE}.1.00000000`)]);
  await client.getDocument({ collection: "demo", id: "a/b c" });
  await client.listDocuments({ collection: "demo", filter: { kind: "picture" }, limit: 5 });
  await client.deleteDocument({ collection: "demo", id: "é" });
  expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "GET http://edge.test/v1/documents/a%2Fb%20c?collection=demo",
    "GET http://edge.test/v1/documents?collection=demo&limit=5&filter=%7B%22kind%22%3A%22picture%22%7D",
    "DELETE http://edge.test/v1/documents/%C3%A9?collection=demo",
  ]);
});

test("an id of dots goes in a body: a URL would take it for another path", async () => {
  const { client, requests } = scripted([
    answer(`${LINE}.1.00000000`, { documents: [{ id: "..", position: 1 }] }),
    answer(`${LINE}.2.00000000`, { ids: ["."] }),
    answer(`${LINE}.2.00000000`, { documents: [] }),
  ]);
  expect((await client.getDocument({ collection: "demo", id: ".." })).id).toBe("..");
  await client.deleteDocument({ collection: "demo", id: "." });
  await expect(client.getDocument({ collection: "demo", id: "." })).rejects.toMatchObject({
    code: "not-found",
    status: 404,
  });
  expect(requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
    "POST /v1/documents/get",
    "POST /v1/documents/delete",
    "POST /v1/documents/get",
  ]);
  expect(await requests[1]?.json()).toMatchObject({ collection: "demo", ids: ["."] });
});

test.each(["nonsense", "", "127.0.0.1:8787", "localhost:8787", "ftp://edge.test"])(
  "%j is no address, which is said before anything is asked",
  (url) => {
    expect(() => new NearfieldOperator({ url, key: "k" })).toThrow("url is");
  },
);
