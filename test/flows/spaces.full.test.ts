import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import type { Space } from "../../shared/contracts/space.ts";
import { startTwin, until, type RunningTwin } from "./start-twin.ts";

const PICTURES = new URL("../twin/demo/pictures/", import.meta.url);
const JOINT: z.input<typeof Space> = { model: "image", modalities: ["text", "image"] };

let twin: RunningTwin;
let client: NearfieldOperator;

beforeAll(async () => {
  twin = await startTwin();
  client = await twin.client("fra", { session: true });
});
afterAll(async () => {
  await twin.stop();
  await twin.remove();
});

const picture = async (name: string) => ({
  base64: (await readFile(new URL(`${name}.webp`, PICTURES))).toString("base64"),
});
const documents = async () => [
  {
    id: "lemon",
    title: "A snack",
    text: "Something sour to eat.",
    image: await picture("clip-food-fruit-lemon-slice-ganson"),
  },
  { id: "bridge", image: await picture("photo-bridge-by-sander-klootwijk") },
  { id: "perl", text: "Perl is a programming language." },
];

describe("a joint space", () => {
  test("holds passages and pictures, each with its own vector: both are found by either kind", async () => {
    await client.createCollection({ name: "joint", spaces: { all: JOINT }, shards: 2 });
    await client.putDocuments({ collection: "joint", documents: await documents() });
    const found = async (query: object) => {
      const { hits } = await client.retrieve({ collection: "joint", query: query as never, k: 5 });
      return hits;
    };
    expect((await found({ text: "What is Perl?" }))[0]?.id).toBe("perl");
    expect((await found({ text: "sour food" }))[0]).toMatchObject({
      id: "lemon",
      passage: { text: "Something sour to eat." },
      matchedBy: ["all"],
    });
    // The picture's own vector is found, which has no passage of the text.
    const [same] = await found({ image: await picture("clip-food-fruit-lemon-slice-ganson") });
    expect(same?.id).toBe("lemon");
    expect(same?.score).toBeGreaterThan(0.99);
    expect(same?.passage).toBeUndefined();
  });

  test("or has one vector a document, the mean of its text and its picture", async () => {
    const spaces = { all: { ...JOINT, combine: "average" as const } };
    await client.createCollection({ name: "averaged", spaces, shards: 1 });
    await client.putDocuments({ collection: "averaged", documents: await documents() });
    const image = await picture("clip-food-fruit-lemon-slice-ganson");
    const { hits } = await client.retrieve({
      collection: "averaged",
      query: { image },
      groupBy: "passage",
      k: 10,
    });
    expect(hits.filter(({ id }) => id === "lemon")).toHaveLength(1);
    const lemon = hits[0];
    expect(lemon?.id).toBe("lemon");
    expect(lemon?.score).toBeGreaterThan(0.5);
    expect(lemon?.score).toBeLessThan(0.99);
    // A text and a picture may be added up in a query too.
    const both = await client.retrieve({
      collection: "averaged",
      queries: [{ image }, { text: "Something sour to eat." }],
      fuse: "vectors",
      k: 1,
    });
    expect(both.hits[0]?.id).toBe("lemon");
    expect(both.hits[0]?.score).toBeGreaterThan(lemon?.score ?? 1);
  });

  test("is refused where its model can't do it, with what to do instead", async () => {
    const refused = async (space: object) =>
      client.createCollection({ name: "no", spaces: { s: space as never } }).then(
        () => null,
        (error: unknown) => error,
      );
    expect(await refused({ model: "text", modalities: ["text", "image"] })).toMatchObject({
      code: "invalid-request",
      errors: [{ pointer: "/spaces/s/modalities" }],
    });
    expect(await refused({ model: "image", combine: "average" })).toMatchObject({
      code: "invalid-request",
      errors: [{ pointer: "/spaces/s/combine" }],
    });
    expect(await refused({ model: "image", combine: "concatenate" })).toMatchObject({
      code: "invalid-request",
      errors: [{ pointer: "/spaces/s/combine", message: expect.stringContaining("two spaces") }],
    });
  });
});

test("an index that is named, or chosen by a budget, is told in the collection's view and in a plan", async () => {
  const budget = { recallMin: 0.95, latencyMsMax: 10 };
  await client.createCollection({
    name: "planned",
    spaces: {
      graph: { model: "none", dimension: 4, budget },
      exact: { model: "none", dimension: 4, index: "exact" },
    },
    shards: 1,
  });
  const collections = await client.collections();
  const spaces = collections.find(({ name }) => name === "planned")?.spaces ?? {};
  expect(spaces["graph"]?.index).toMatchObject({ kind: "hnsw", ef: 150, m: 20 });
  expect(spaces["graph"]?.index?.because).toContain("promises a recall of 0.99");
  const vector = [1, 0, 0, 0];
  await client.putDocuments({
    collection: "planned",
    documents: [{ id: "1", vectors: { graph: vector, exact: vector } }],
  });
  const { explain } = await client.retrieve({
    collection: "planned",
    queries: [
      { vector, space: "graph" },
      { vector, space: "exact" },
    ],
    explain: true,
  });
  expect(explain?.indexes).toMatchObject({
    graph: expect.stringContaining("hnsw (m 20, efConstruction 300, ef 150)"),
    exact: "exact: an exact search is asked for",
  });
  expect(explain?.legs.map(({ because }) => because)).toContain(
    "the space is searched exactly: an exact search is asked for",
  );
});

describe("a space of a live collection", () => {
  test("is added while it is read and written: queries leave it out until it is whole, then find by it what was there before", async () => {
    const own = { model: "none" as const, dimension: 2 };
    await client.createCollection({ name: "grows", spaces: { own } });
    const texts = ["a cat on a sofa", "a volcano in Iceland", "how bread is baked"];
    const put = (from: number, count: number) =>
      client.putDocuments({
        collection: "grows",
        documents: Array.from({ length: count }, (_, i) => ({
          id: `d${from + i}`,
          text: `${texts[i % 3]} (${from + i})`,
          vectors: { own: [1, from + i] },
        })),
      });
    await put(0, 60);
    const asked = { collection: "grows", spaces: { text: { model: "text" as const } } };
    expect(await client.changeSpaces("grows", { spaces: asked.spaces })).toMatchObject({
      fills: ["text"],
    });
    // Nothing else can be changed until it is done.
    await expect(client.reshard("grows", { shards: 2 })).rejects.toMatchObject({
      code: "resharding",
    });
    const byText = { collection: "grows", query: { text: "kitten", space: "text" }, k: 3 };
    await expect(client.retrieve(byText)).rejects.toMatchObject({ code: "space-unfilled" });
    let written = 60;
    await until(
      async () => {
        await put(written, 3);
        written += 3;
        const near = { vector: [1, 7], space: "own" };
        const { hits } = await client.retrieve({ collection: "grows", query: near, k: 1 });
        expect(hits[0]?.id).toBe("d7");
        return (await client.status()).regions.every(({ collections }) =>
          collections.some(({ name, resharding, spaces }) => {
            return name === "grows" && resharding === null && "text" in spaces;
          }),
        );
      },
      60_000,
      () => "the space is not filled",
    );
    for (const location of ["iad", "fra", "sin"]) {
      const reader = await twin.client(location, { session: true });
      const { hits } = await reader.retrieve({ ...byText, k: written / 3, consistency: "strong" });
      expect(hits.every(({ passage }) => passage?.text.includes("cat on a sofa"))).toBe(true);
      expect(hits).toHaveLength(written / 3);
    }
  }, 120_000);
});
