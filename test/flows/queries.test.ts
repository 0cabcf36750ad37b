import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import { startTwin, type RunningTwin } from "./start-twin.ts";

let twin: RunningTwin;
let client: NearfieldOperator;

const AXES = 4;
const axis = (which: number, more: readonly number[] = []): number[] =>
  Array.from({ length: AXES }, (_, i) => (i === which ? 1 : (more[i] ?? 0)));

beforeAll(async () => {
  twin = await startTwin();
  client = await twin.client("fra", { session: true });
  await client.createCollection({
    name: "q",
    spaces: { a: { model: "none", dimension: AXES }, b: { model: "none", dimension: AXES } },
    fields: { n: "number" },
    shards: 4,
  });
  const documents = Array.from({ length: 60 }, (_, i) => ({
    id: `d${String(i).padStart(2, "0")}`,
    vectors: { a: axis(0, [0, i / 60]), b: axis(i % 3) },
    metadata: { n: i },
  }));
  await client.putDocuments({ collection: "q", documents, waitFor: "primary" });
});
afterAll(async () => {
  await twin.stop();
  await twin.remove();
});

const near = { vector: axis(0), space: "a" };

describe("a query of several parts", () => {
  test("pages fit together", async () => {
    const query = { collection: "q", queries: [near, { vector: axis(1), space: "b" }] };
    const whole = await client.retrieve({ ...query, k: 20, depth: 60 });
    const pages = [];
    for (const offset of [0, 5, 10, 15])
      pages.push(...(await client.retrieve({ ...query, k: 5, offset, depth: 60 })).hits);
    expect(pages.map(({ id }) => id)).toEqual(whole.hits.map(({ id }) => id));
  });

  test("ranks by one part and keeps what another part requires", async () => {
    const required = { vector: axis(1), space: "b", weight: 0, similarityMin: 0.9 };
    const { hits } = await client.retrieve({ collection: "q", queries: [near, required], k: 3 });
    expect(hits.map(({ id }) => id)).toEqual(["d01", "d04", "d07"]);
    expect(hits[0]?.matchedBy).toEqual(["a"]);
  });

  test("adds vectors up, less of the negative ones", async () => {
    const { hits } = await client.retrieve({
      collection: "q",
      fuse: "vectors",
      queries: [near, { like: "d30", space: "a" }, { ...near, weight: 0.5, negative: true }],
      k: 60,
    });
    // 0.5 x (1, 0) + (1, 0.5) at length 1: a direction of about 0.29, so d17 or d18.
    expect(["d16", "d17", "d18", "d19"]).toContain(hits[0]?.id);
    expect(hits.map(({ id }) => id)).not.toContain("d30");
  });

  test("a document that is not wanted is pushed down most of all", async () => {
    for (const fuse of ["ranks", "scores", "vectors"] as const) {
      const { hits } = await client.retrieve({
        collection: "q",
        fuse,
        queries: [near, { like: "d00", space: "a", weight: 2, negative: true }],
        k: 60,
      });
      expect(hits.findIndex(({ id }) => id === "d00")).toBeGreaterThan(hits.length / 2);
    }
  });

  test("of a document that is not there it is said which, in words", async () => {
    const like = client.retrieve({ collection: "q", query: { like: "nope" } });
    await expect(like).rejects.toMatchObject({
      code: "not-found",
      hint: 'q has no document "nope" that something could be like.',
    });
  });

  test("parts without a common space can't be added up, which the hint says", async () => {
    await expect(
      client.retrieve({
        collection: "q",
        fuse: "vectors",
        queries: [near, { vector: axis(1), space: "b" }],
      }),
    ).rejects.toMatchObject({ code: "invalid-request", errors: [{ pointer: "/fuse" }] });
  });
});

describe("explain", () => {
  const query = {
    collection: "q",
    queries: [near, { vector: axis(1), space: "b", weight: 2 }],
    explain: true,
    k: 5,
  };

  test("gives each branch's part in a score, and they add up to it", async () => {
    for (const fuse of ["ranks", "scores"] as const) {
      const { hits } = await client.retrieve({ ...query, fuse });
      for (const { score, explain, matchedBy } of hits) {
        const contributions = explain?.contributions ?? [];
        expect(contributions.reduce((sum, { share }) => sum + share, 0)).toBe(score);
        for (const { weight, normalised, share } of contributions)
          expect(weight * normalised).toBe(share);
        expect([...new Set(contributions.map(({ branch }) => branch))]).toEqual(matchedBy);
      }
    }
  });

  test("tells the plan: which shards were asked how, and how long each stage took", async () => {
    const { explain, coverage } = await client.retrieve(query);
    expect(explain?.shards).toMatchObject({ of: 4, asked: [0, 1, 2, 3] });
    expect(explain?.legs).toHaveLength(8);
    expect(explain?.legs[0]).toMatchObject({ shard: 0, kind: "scan" });
    expect(Object.keys(explain?.stages ?? {})).toEqual(["open", "embed", "search", "hydrate"]);
    expect(coverage).toEqual({ shards: 4, answered: 4, missing: [] });
  });

  test("is left out, and cached apart, where it is not asked for", async () => {
    const plain = await client.retrieve({ ...query, explain: false });
    expect(plain.explain).toBeUndefined();
    expect(plain.hits[0]?.explain).toBeUndefined();
    const again = await client.retrieve(query);
    expect(again.tier).not.toBe("region");
    expect(again.hits[0]?.explain?.contributions).toHaveLength(2);
  });
});

describe("texts", () => {
  beforeAll(async () => {
    await client.createCollection({
      name: "faq",
      lexical: {},
      spaces: { text: { model: "text" } },
    });
    await client.putDocuments({
      collection: "faq",
      documents: [
        { id: "octal", text: "A string of digits that begins with a zero is not read as octal." },
        { id: "sort", text: "Sorting a hash by value takes a comparison function." },
        { id: "e4711", text: "Error E4711 means that the file was locked." },
      ],
    });
  });

  test("are found by their words where a part names the full-text search, beside the vectors or alone", async () => {
    const text = "E4711";
    const words = await client.retrieve({ collection: "faq", query: { text, space: "lexical" } });
    expect(words.hits.map(({ id }) => id)).toEqual(["e4711"]);
    expect(words.hits[0]?.matchedBy).toEqual(["lexical"]);
    const both = await client.retrieve({
      collection: "faq",
      queries: [{ text }, { text, space: "lexical", weight: 2 }],
      fuse: "scores",
      explain: true,
    });
    expect(both.hits[0]).toMatchObject({ id: "e4711", matchedBy: ["lexical", "text"] });
    const shares = both.hits[0]?.explain?.contributions.map(({ share }) => share) ?? [];
    expect(shares[0]).toBe(2);
  });

  test("are reordered by a reranker on request, which explain tells", async () => {
    const reply = await client.retrieve({
      collection: "faq",
      query: { text: "Why is my number not octal?" },
      rerank: { depth: 3 },
      k: 3,
      explain: true,
      deadlineMs: 20_000,
    });
    expect(reply.rerank).toMatchObject({ applied: true, depth: 3 });
    expect(reply.hits[0]?.id).toBe("octal");
    for (const { score, explain } of reply.hits) {
      const { weight, normalised, before } = explain?.rerank ?? {};
      expect((weight ?? 0) * (normalised ?? 0) + (1 - (weight ?? 0)) * (before ?? 0)).toBe(score);
    }
  });

  test("words alone need no vector, whatever the way to fuse", async () => {
    const query = { text: "octal", space: "lexical" };
    const { hits } = await client.retrieve({ collection: "faq", query, fuse: "vectors" });
    expect(hits.map(({ id }) => id)).toEqual(["octal"]);
  });

  test("words have no cosine similarity that could be required", async () => {
    const words = { text: "octal", space: "lexical", similarityMin: 0.5 };
    await expect(client.retrieve({ collection: "faq", query: words })).rejects.toMatchObject({
      code: "invalid-request",
      errors: [{ message: expect.stringContaining("words have no cosine similarity") }],
    });
  });

  test("a collection without full-text search says so", async () => {
    await expect(
      client.retrieve({ collection: "q", query: { text: "x", space: "lexical" } }),
    ).rejects.toMatchObject({ code: "invalid-request" });
  });
});

test("exact compares with the search through the index", async () => {
  const reply = await client.retrieve({ collection: "q", query: near, exact: true, k: 10 });
  expect(reply.exact).toEqual({ recall: 1, compared: 10 });
});

test("passages are hits of their own where they are grouped so, and minScore cuts the tail", async () => {
  const reply = await client.retrieve({
    collection: "q",
    query: near,
    groupBy: "passage",
    minScore: 0.99,
    k: 60,
    coverage: "all",
  });
  expect(reply.hits.length).toBeGreaterThan(3);
  expect(reply.hits.every(({ score }) => score >= 0.99)).toBe(true);
});
