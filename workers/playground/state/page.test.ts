import { expect, test } from "vitest";
import { NearfieldClient } from "../../../shared/client/nearfield-client.ts";
import { readAddress, writeAddress, type Address } from "./address.ts";
import { EMPTY_DRAFT, PLAIN, withLike } from "./draft.ts";
import { Page } from "./page.ts";

const EMPTY: Address = { draft: EMPTY_DRAFT, pictureName: null, unread: [] };

type Answer = (request: Request) => Promise<Response>;

interface Opened {
  readonly page: Page;
  readonly addresses: string[];
}

/** A page whose locations answer as told. */
function open(answer: Answer, nowMs = () => 0, address: Address = EMPTY): Opened {
  const addresses: string[] = [];
  const page = new Page(
    {
      connect: (key, positions, onExchange) =>
        new NearfieldClient({
          url: "http://edge.test",
          key,
          session: { positions },
          retriesMax: 0,
          onExchange,
          fetch: answer,
        }),
      nowMs,
      keepAddress: (address) => addresses.push(writeAddress(address)),
      keepHandOver: () => undefined,
    },
    address,
    { key: "k", mayWrite: false, expected: null, position: null },
  );
  return { page, addresses };
}

const SUN = { id: "s", title: "Sun", thumbnailUrl: null };

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
  expect(addresses).toEqual(["?q=a", ""]);
});

test("several parts become one request with weights left to the server", async () => {
  let sent: unknown = null;
  const { page } = open(async (request) => {
    sent = await request.json();
    return reply("r");
  });
  const picture = { name: "p", type: "image/png", base64: "AAAA", ...PLAIN };
  await page.search({ text: " cat ", picture });
  expect(sent).toEqual({
    collection: "demo",
    queries: [{ text: "cat" }, { image: { base64: "AAAA" } }],
    k: 48,
  });
  await page.search({
    ...withLike({ ...page.state.draft, picture: { ...picture, weight: 0.5 } }, SUN, true),
    filters: [{ kind: "picture" }, { year: { $gte: 3 } }],
  });
  expect(sent).toMatchObject({
    queries: [
      { text: "cat" },
      { image: { base64: "AAAA" }, weight: 0.5 },
      { like: "s", negative: true },
    ],
    filter: { kind: "picture", year: { $gte: 3 } },
  });
});

test("options are asked for where the query can have them", async () => {
  let sent: unknown = null;
  const { page } = open(async (request) => {
    sent = await request.json();
    return reply("r");
  });
  const options = { fuse: "vectors", rerank: true, exact: true, fold: true } as const;
  await page.search({ text: "cat", options });
  expect(sent).toEqual({
    collection: "demo",
    query: { text: "cat" },
    k: 24,
    rerank: { depth: 24, budgetMs: 6_000 },
    exact: true,
    diversity: { foldAbove: 0.95 },
    deadlineMs: 15_000,
  });
  await page.search({ ...withLike(EMPTY_DRAFT, SUN, false), options });
  expect(sent).toMatchObject({ query: { like: "s" }, k: 48 });
  expect(sent).not.toHaveProperty("rerank");
});

test("a query that only pushes down is not asked", async () => {
  const { page } = open(async () => reply("r"));
  await page.change(withLike(EMPTY_DRAFT, SUN, true));
  expect(page.state).toMatchObject({ shown: null, searching: false, draft: { likes: [SUN] } });
});

test("the last part that is taken out leaves the empty page", async () => {
  const { page, addresses } = open(async () => reply("r"));
  await page.change(withLike(EMPTY_DRAFT, SUN, false));
  await page.change(EMPTY_DRAFT);
  expect(page.state.shown).toBeNull();
  expect(addresses).toEqual(["?like=s", ""]);
});

test("a picture that an address only names is missed until there is one", async () => {
  const address = { draft: { ...EMPTY_DRAFT, text: "cat" }, pictureName: "cat.png", unread: [] };
  const { page } = open(async () => reply("r"), undefined, address);
  await page.search();
  expect(page.state.pictureLost).toBe("cat.png");
  await page.search({ picture: { name: "p", type: "image/png", base64: "AAAA", ...PLAIN } });
  expect(page.state.pictureLost).toBeNull();
});

test("what a link can't say is told until another query is asked", async () => {
  const { page, addresses } = open(
    async () => reply("r"),
    undefined,
    readAddress("?q=cat&filter={"),
  );
  await page.search({}, {}, "kept");
  expect(page.state).toMatchObject({ unread: ["filter"], draft: { text: "cat", filters: [] } });
  expect(addresses).toEqual([]);
  await page.search({ text: "dog" });
  expect(page.state.unread).toEqual([]);
});

test("another collection is asked the same, without what was of the one before", async () => {
  const sent: unknown[] = [];
  const { page, addresses } = open(async (request) => {
    sent.push(await request.json());
    return reply("r");
  });
  await page.search({
    ...withLike({ ...EMPTY_DRAFT, text: "cat" }, SUN, false),
    filters: [{ n: 1 }],
  });
  await page.choose("rich");
  expect(sent.at(-1)).toEqual({ collection: "rich", query: { text: "cat" }, k: 48 });
  expect(addresses.at(-1)).toBe("?q=cat&collection=rich");
  expect(page.handOver().position).toBe("abcdefabcdef.1.7.00000000");
  page.clear();
  expect(addresses.at(-1)).toBe("?collection=rich");
  const opened = open(async () => reply("r"), undefined, readAddress("?q=a&collection=rich"));
  expect(opened.page.state.draft).toMatchObject({ text: "a", collection: "rich" });
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
