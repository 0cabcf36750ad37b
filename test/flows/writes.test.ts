import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import { startTwin, until, type RunningTwin } from "./start-twin.ts";
import { vectorCollection, vectorOf } from "./vectors.ts";

const PICTURE = fileURLToPath(
  new URL("../twin/demo/pictures/clip-food-fruit-lemon-slice-ganson.webp", import.meta.url),
);

let twin: RunningTwin;
let client: NearfieldOperator;
let base: string;
let key: string;

beforeAll(async () => {
  twin = await startTwin();
  client = await twin.client("iad");
  const report = await twin.report();
  base = report.locations[0]?.url ?? "";
  key = report.key;
  await client.createCollection(vectorCollection("v"));
  await client.createCollection({ name: "things", fields: { colour: "string" } });
});
afterAll(async () => {
  await twin.stop();
  await twin.remove();
});

const send = (path: string, body: string | FormData, headers: Record<string, string> = {}) =>
  fetch(`${base}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, ...headers },
    body,
  });

describe("a document", () => {
  test("that comes twice in one request is the last of both", async () => {
    const documents = [
      { id: "twice", vectors: { v: vectorOf(1) }, metadata: { n: 1 } },
      { id: "twice", vectors: { v: vectorOf(2) }, metadata: { n: 2 } },
    ];
    await client.putDocuments({ collection: "v", documents });
    const { metadata } = await client.getDocument({ collection: "v", id: "twice" });
    expect(metadata).toEqual({ n: 2 });
    await client.deleteDocument({ collection: "v", id: "twice" });
    expect(await client.countDocuments({ collection: "v" })).toMatchObject({ count: 0 });
  });

  test("that is too large for the log's Redis is read whole in every region; so are a thousand of one request", async () => {
    await client.createCollection(vectorCollection("large"));
    // As JSON six bytes each, and once more in its passages.
    const text = "\u0001 ".repeat(20_000);
    const many = Array.from({ length: 999 }, (_, i) => ({
      id: `d${i}`,
      text: `Number ${i} of many. `.repeat(20),
      vectors: { v: vectorOf(i) },
    }));
    const written = await client.putDocuments({
      collection: "large",
      documents: [{ id: "large", text, vectors: { v: vectorOf(1) } }, ...many],
      waitFor: "all",
    });
    expect(written).toMatchObject({ applied: true, repeated: false });
    expect(written.ids).toHaveLength(1_000);
    for (const location of ["fra", "sin"]) {
      const there = await twin.client(location);
      const level = { collection: "large", consistency: "strong" } as const;
      expect((await there.getDocument({ ...level, id: "large" })).text).toBe(text);
      expect(await there.countDocuments(level)).toMatchObject({ count: 1_000 });
    }
    const segments = await readdir(path.join(twin.state, "blobs/segments"), { recursive: true });
    expect(segments.some((name) => /-[0-9a-f]{64}$/.test(name))).toBe(true);
  }, 60_000);

  test("is written, found, read back, listed, counted and deleted", async () => {
    const written = await client.putDocuments({
      collection: "things",
      documents: [
        { id: "a", title: "A lemon", text: "A yellow fruit.", metadata: { colour: "yellow" } },
      ],
    });
    expect(written).toMatchObject({
      ids: ["a"],
      applied: true,
      repeated: false,
      region: "us-east-1",
    });
    const found = await client.retrieve({
      collection: "things",
      query: { text: "sour citrus" },
      k: 1,
      consistency: "strong",
    });
    expect(found.hits[0]).toMatchObject({
      id: "a",
      title: "A lemon",
      passage: { index: 0, text: "A yellow fruit." },
      matchedBy: ["text"],
    });
    expect(found.servedPosition).toBeGreaterThanOrEqual(written.position);
    expect(await client.getDocument({ collection: "things", id: "a" })).toMatchObject({
      text: "A yellow fruit.",
      metadata: { colour: "yellow" },
      position: written.position,
    });
    expect(
      (await client.listDocuments({ collection: "things" })).documents.map(({ id }) => id),
    ).toContain("a");
    await client.deleteDocument({ collection: "things", id: "a" });
    await expect(
      client.getDocument({ collection: "things", id: "a", consistency: "strong" }),
    ).rejects.toMatchObject({ code: "not-found" });
    expect(
      (
        await client.retrieve({
          collection: "things",
          query: { text: "sour citrus" },
          consistency: "strong",
        })
      ).hits.map(({ id }) => id),
    ).not.toContain("a");
  });

  test("with a picture comes as multipart, and its hash, size and thumbnail come back", async () => {
    const form = new FormData();
    form.set("documents", JSON.stringify([{ id: "pic", title: "Lemon slice" }]));
    form.set("image0", new Blob([await readFile(PICTURE)]), "anything.exe");
    expect((await send("/v1/documents?collection=things", form)).status).toBe(200);
    const read = await client.getDocument({ collection: "things", id: "pic" });
    expect(read.media).toMatchObject({ type: "image/webp" });
    const bytes = await (await fetch(new URL(read.media?.url ?? "", base))).arrayBuffer();
    expect(Buffer.from(bytes).equals(await readFile(PICTURE))).toBe(true);
  });

  test("that says it word for word comes before a picture that is only near", async () => {
    const documents = [
      { id: "heron", text: "The heron stands in the marsh at dawn." },
      { id: "soup", text: "A recipe for lentil soup." },
    ];
    await client.putDocuments({ collection: "things", documents });
    const { hits } = await client.retrieve({
      collection: "things",
      query: { text: "The heron stands in the marsh at dawn" },
      consistency: "strong",
    });
    expect(hits[0]?.id).toBe("heron");
  });

  test("is read under a bound of 0 ms as under strong", async () => {
    const { position } = await client.putDocuments({
      collection: "things",
      documents: [{ id: "now", text: "Just now." }],
    });
    const { servedPosition } = await client.retrieve({
      collection: "things",
      query: { text: "just now" },
      maxStalenessMs: 0,
    });
    expect(servedPosition).toBeGreaterThanOrEqual(position);
  });

  test("many come as NDJSON, one a line", async () => {
    const lines = Array.from({ length: 300 }, (_, n) =>
      JSON.stringify({ id: `n${n}`, vectors: { v: vectorOf(n) }, metadata: { n } }),
    );
    const response = await send("/v1/documents?collection=v", lines.join("\n"), {
      "content-type": "application/x-ndjson",
    });
    expect(response.status).toBe(200);
    expect(
      (
        await client.countDocuments({
          collection: "v",
          filter: { n: { $gte: 100 } },
          consistency: "strong",
        })
      ).count,
    ).toBe(200);
    const { hits } = await client.retrieve({
      collection: "v",
      query: { vector: vectorOf(42), space: "v" },
      k: 1,
    });
    expect(hits[0]?.id).toBe("n42");
  });

  test("pages of a listing hold every document once", async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await client.listDocuments({
        collection: "v",
        limit: 70,
        ...(cursor === null ? {} : { cursor }),
      });
      seen.push(...page.documents.map(({ id }) => id));
      cursor = page.cursor;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toHaveLength(300);
  });

  test("ids of any characters come back as they were, and twins stay two", async () => {
    const ids = [
      "é",
      "e\u0301",
      "../../etc/passwd",
      "__proto__",
      "a/b?c#d",
      "🐯",
      "' OR 1=1 --",
      "a\nb",
      "\u2028",
    ];
    await client.putDocuments({
      collection: "v",
      documents: ids.map((id, n) => ({ id, vectors: { v: vectorOf(1_000 + n) } })),
    });
    for (const id of ids) expect((await client.getDocument({ collection: "v", id })).id).toBe(id);
  });
});

describe("a write at one location", () => {
  test("is visible at the others within 5 s, and cached answers there follow", async () => {
    const query = { collection: "v", query: { vector: vectorOf(5_000), space: "v" }, k: 3 };
    const others = await Promise.all(["fra", "sin", "gru"].map((name) => twin.client(name)));
    for (const other of others) await other.retrieve(query);
    const gru = await twin.client("gru");
    await gru.putDocuments({
      collection: "v",
      documents: [{ id: "new", vectors: { v: vectorOf(5_000) } }],
    });
    const seen = async (other: NearfieldOperator) =>
      (await other.retrieve(query)).hits[0]?.id === "new";
    await Promise.all(
      others.map((other) =>
        until(
          () => seen(other),
          5_000,
          () => "the write is not seen within 5 s",
        ),
      ),
    );
  });

  test("is seen at once by its writer, at every location: the session token", async () => {
    const writer = await twin.client("iad", { session: true });
    const { position } = await writer.putDocuments({
      collection: "v",
      documents: [{ id: "mine", vectors: { v: vectorOf(6_000) } }],
    });
    const token = writer.positions["v"] ?? "";
    for (const { url } of (await twin.report()).locations) {
      const response = await fetch(`${url}/v1/retrieve`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${key}`,
          "content-type": "application/json",
          "nearfield-position": token,
        },
        body: JSON.stringify({
          collection: "v",
          query: { vector: vectorOf(6_000), space: "v" },
          k: 1,
        }),
      });
      const reply: { servedPosition: number; hits: { id: string }[] } = JSON.parse(
        await response.text(),
      );
      expect(reply.servedPosition).toBeGreaterThanOrEqual(position);
      expect(reply.hits[0]?.id).toBe("mine");
    }
  });

  test("strong reads see it at once from anywhere", async () => {
    await client.putDocuments({
      collection: "v",
      documents: [{ id: "strong", vectors: { v: vectorOf(6_500) } }],
    });
    const sin = await twin.client("sin");
    const { hits } = await sin.retrieve({
      collection: "v",
      query: { vector: vectorOf(6_500), space: "v" },
      k: 1,
      consistency: "strong",
    });
    expect(hits[0]?.id).toBe("strong");
  });

  test("a position that the log does not have is refused at once", async () => {
    const { incarnation } = (await client.collections()).find(({ name }) => name === "v") ?? {
      incarnation: "",
    };
    const response = await send(
      "/v1/retrieve",
      JSON.stringify({ collection: "v", query: { vector: vectorOf(1), space: "v" } }),
      {
        "content-type": "application/json",
        "nearfield-position": `${incarnation}.1.99999999.00000000`,
      },
    );
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: "position-lost" });
  });
});

describe("the restarted twin", () => {
  test("has everything that it had", async () => {
    const before = (await client.countDocuments({ collection: "v", consistency: "strong" })).count;
    await twin.stop();
    twin = await startTwin({ state: twin.state });
    const again = await twin.client("fra");
    expect((await again.countDocuments({ collection: "v", consistency: "strong" })).count).toBe(
      before,
    );
    expect(
      (
        await again.retrieve({
          collection: "v",
          query: { vector: vectorOf(5_000), space: "v" },
          k: 1,
        })
      ).hits[0]?.id,
    ).toBe("new");
  });
});
