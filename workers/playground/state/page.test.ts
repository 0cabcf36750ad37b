import { expect, test } from "vitest";
import { NearfieldClient } from "../../../shared/client/nearfield-client.ts";
import type { Address } from "./address.ts";
import { EMPTY_DRAFT } from "./page-state.ts";
import { Page } from "./page.ts";

type Answer = (request: Request) => Promise<Response>;

interface Opened {
  readonly page: Page;
  readonly addresses: Address[];
}

/** A page whose locations answer as told. */
function open(answer: Answer, nowMs = () => 0): Opened {
  const addresses: Address[] = [];
  const page = new Page(
    {
      connect: (key, position, onExchange) =>
        new NearfieldClient({
          url: "http://edge.test",
          key,
          session: { positions: position === null ? {} : { demo: position } },
          retriesMax: 0,
          onExchange,
          fetch: answer,
        }),
      nowMs,
      keepAddress: (address) => addresses.push(address),
      keepHandOver: () => undefined,
    },
    { text: "", like: null, filter: null },
    { key: "k", mayWrite: false, expected: null, position: null },
  );
  return { page, addresses };
}

function reply(requestId: string, tier = "region", hits: readonly object[] = []): Response {
  const coverage = { shards: 4, answered: 4, missing: [] };
  const body = {
    hits,
    region: "us-east-1",
    location: "iad",
    tier,
    servedPosition: 7,
    stalenessMs: 10,
    coverage,
    requestId,
  };
  return Response.json(body, {
    headers: {
      "nearfield-request-id": requestId,
      "server-timing": "total;dur=126.0",
      "nearfield-position": "abcdefabcdef.1.7.00000000",
    },
  });
}

test("an answer that is overtaken never shows", async () => {
  const slow = Promise.withResolvers<Response>();
  const asked: string[] = [];
  const { page } = open(async (request) => {
    asked.push(JSON.stringify(await request.json()));
    return asked.length === 1 ? slow.promise : reply("second");
  });
  const first = page.search({ text: "one" });
  await page.search({ text: "two" });
  slow.resolve(reply("first"));
  await first;
  expect(page.state.shown?.reply.requestId).toBe("second");
  expect(page.state.ledger.map(({ requestId }) => requestId)).toEqual(["second"]);
  expect(asked).toHaveLength(2);
});

test("the list of last queries holds tier and time, newest first, and is bounded", async () => {
  let n = 0;
  const { page } = open(async () => reply(`r${(n += 1)}`, n === 1 ? "region" : "isolate"));
  for (let i = 0; i < 10; i++) await page.search({ text: "a" });
  expect(page.state.ledger).toHaveLength(8);
  expect(page.state.ledger[0]).toMatchObject({ requestId: "r10", tier: "isolate", serverMs: 126 });
});

test("a failure keeps the older results and says when to try again", async () => {
  let n = 0;
  const problem = {
    type: "urn:x",
    title: "T",
    status: 503,
    code: "region-unavailable",
    hint: "H",
    requestId: "bad",
  };
  const { page } = open(
    async () =>
      n++ === 0
        ? reply("good")
        : Response.json(problem, { status: 503, headers: { "retry-after": "2" } }),
    () => 1_000,
  );
  await page.search({ text: "a" });
  await page.search({ text: "b" });
  expect(page.state.shown?.reply.requestId).toBe("good");
  expect(page.state.trouble).toMatchObject({
    doing: "search",
    retryAtMs: 3_000,
    error: { code: "region-unavailable", requestId: "bad" },
  });
  expect(page.state.searching).toBe(false);
});

test("a key that is not known asks for another", async () => {
  const problem = {
    type: "urn:x",
    title: "T",
    status: 401,
    code: "unauthenticated",
    hint: "H",
    requestId: "r",
  };
  const { page } = open(async () => Response.json(problem, { status: 401 }));
  await page.search({ text: "a" });
  expect(page.state.hasKey).toBe(false);
});

test("an empty query is not asked; clearing goes back to the empty page", async () => {
  const { page, addresses } = open(async () => reply("r"));
  await page.search({ text: "  " });
  expect(page.state.shown).toBeNull();
  await page.search({ text: "a" });
  page.clear();
  expect(page.state).toMatchObject({ draft: EMPTY_DRAFT, shown: null, trouble: null });
  expect(addresses).toEqual([
    { text: "a", like: null, filter: null },
    { text: "", like: null, filter: null },
  ]);
});

test("several parts become one request with weights left to the server", async () => {
  let sent: unknown = null;
  const { page } = open(async (request) => {
    sent = await request.json();
    return reply("r");
  });
  await page.search({ text: " cat ", picture: { name: "p", type: "image/png", base64: "AAAA" } });
  expect(sent).toEqual({
    collection: "demo",
    queries: [{ text: "cat" }, { image: { base64: "AAAA" } }],
    k: 48,
  });
});

test("the hand-over to another location carries the session", async () => {
  const { page } = open(async () => reply("r"));
  await page.search({ text: "a" });
  expect(page.handOver()).toEqual({
    key: "k",
    mayWrite: false,
    expected: null,
    position: "abcdefabcdef.1.7.00000000",
  });
});

test("an answer is put together from its events; its sentences hold their citations", async () => {
  const events = [
    [
      "sources",
      {
        sources: [],
        generator: "extractive",
        region: "r",
        servedPosition: 1,
        stalenessMs: 0,
        coverage: { shards: 1, answered: 1, missing: [] },
        requestId: "x",
      },
    ],
    ["text", { text: "A." }],
    ["citation", { source: 0, id: "d", span: { start: 0, end: 2 } }],
    ["text", { text: "B." }],
    ["usage", { sentencesRead: 5, sentencesQuoted: 2 }],
    ["done", {}],
  ] as const;
  const stream = events
    .map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    .join("");
  const { page } = open(async (request) =>
    request.url.endsWith("/v1/rag") ? new Response(stream) : reply("r"),
  );
  await page.search({ text: "a" });
  await page.answer();
  expect(page.state.written).toMatchObject({
    phase: "done",
    sentences: [
      { text: "A.", citation: { source: 0, id: "d" } },
      { text: "B.", citation: null },
    ],
    usage: { sentencesRead: 5 },
  });
  await page.search({ text: "b" });
  expect(page.state.written).toBeNull();
});
