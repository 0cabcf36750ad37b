import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NearfieldClient } from "../../shared/client/nearfield-client.ts";
import type { RagEvent } from "../../shared/contracts/rag.ts";
import type { Hit, RetrieveReply } from "../../shared/contracts/retrieve.ts";
import { describeTenQueries } from "./ten-queries.ts";
import { startTwin, type RunningTwin } from "./start-twin.ts";

const DEMO = fileURLToPath(new URL("../twin/demo/", import.meta.url));

let twin: RunningTwin;
let client: NearfieldClient;

beforeAll(async () => {
  twin = await startTwin({ demo: true });
  client = await twin.client("iad");
}, 660_000);
afterAll(async () => {
  await twin.stop();
  await twin.remove();
});

describeTenQueries(() => twin);

const titles = (reply: RetrieveReply) => reply.hits.map(({ title }) => title);

describe("other ways to ask", () => {
  test("a picture finds itself first, then its like, and its text", async () => {
    const base64 = (await readFile(path.join(DEMO, await pictureFile("Tiger")))).toString("base64");
    const reply = await client.retrieve({
      collection: "demo",
      query: { image: { base64 } },
      k: 10,
    });
    expect(reply.hits[0]?.title).toBe("Tiger");
    expect(
      titles(reply).filter((title) => /cat|tiger|lion/i.test(title ?? "")).length,
    ).toBeGreaterThanOrEqual(2);
    expect(reply.hits.some(({ matchedBy }) => matchedBy.includes("text"))).toBe(true);
  });

  test("like: a document's neighbours, without itself", async () => {
    const [first] = (
      await client.retrieve({ collection: "demo", query: { text: "sailing boat" }, k: 1 })
    ).hits;
    const reply = await client.retrieve({
      collection: "demo",
      query: { like: first?.id ?? "" },
      k: 5,
    });
    expect(reply.hits.map(({ id }) => id)).not.toContain(first?.id);
    expect(titles(reply).some((title) => /boat|sail|ship/i.test(title ?? ""))).toBe(true);
  });

  test("text and picture together are fused, and a filter holds", async () => {
    const base64 = (await readFile(path.join(DEMO, await pictureFile("Tiger")))).toString("base64");
    const reply = await client.retrieve({
      collection: "demo",
      queries: [{ text: "an animal" }, { image: { base64 }, weight: 2 }],
      filter: { kind: "picture" },
      k: 10,
    });
    expect(reply.hits).toHaveLength(10);
    for (const { metadata } of reply.hits) expect(metadata?.["kind"]).toBe("picture");
  });

  test("every hit of a picture has a thumbnail that a browser can show without a key", async () => {
    const reply = await client.retrieve({
      collection: "demo",
      query: { text: "a red apple" },
      filter: { kind: "picture" },
      k: 3,
    });
    const { locations } = await twin.report();
    for (const { media } of reply.hits) {
      for (const { url } of locations) {
        const picture = await fetch(new URL(media?.thumbnailUrl ?? "", url));
        expect(picture.status).toBe(200);
        expect(picture.headers.get("content-type")).toBe("image/webp");
      }
    }
  });

  test("a picture's path can't be made for another picture", async () => {
    const [hit] = (
      await client.retrieve({
        collection: "demo",
        query: { text: "a red apple" },
        filter: { kind: "picture" },
        k: 1,
      })
    ).hits;
    const { locations } = await twin.report();
    const forged = new URL(
      (hit?.media?.url ?? "").replace(/media\/./, "media/0"),
      locations[0]?.url,
    );
    expect((await fetch(forged)).status).toBe(404);
  });
});

describe("a written answer", () => {
  test("quotes its sources to the letter, cites each sentence, and ends with done", async () => {
    const events: RagEvent[] = [];
    for await (const event of client.rag({
      collection: "demo",
      query: { text: "What is the climate of Iceland like?" },
      k: 6,
    }))
      events.push(event);
    const [sources] = events;
    if (sources?.event !== "sources") throw new Error("sources come first");
    expect(sources.generator).toBe("extractive");
    expect(events.at(-1)).toEqual({ event: "done" });
    const quoted = events.flatMap((event, i) => {
      const citation = events[i + 1];
      return event.event === "text" && citation?.event === "citation"
        ? [{ text: event.text, citation }]
        : [];
    });
    expect(quoted.length).toBeGreaterThan(0);
    for (const { text, citation } of quoted) {
      const source: Hit | undefined = sources.sources[citation.source];
      expect(source?.id).toBe(citation.id);
      expect(source?.passage?.text.slice(citation.span.start, citation.span.end)).toBe(text);
    }
  });
});

async function pictureFile(title: string): Promise<string> {
  const lines = (await readFile(path.join(DEMO, "pictures.jsonl"), "utf8"))
    .split("\n")
    .filter((line) => line !== "");
  const found = lines
    .map((line): { title: string; file: string } => JSON.parse(line))
    .find((picture) => picture.title === title);
  if (found === undefined) throw new Error(`the demo has no picture ${title}`);
  return found.file;
}
