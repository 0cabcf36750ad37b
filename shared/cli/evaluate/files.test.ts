import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readQrels } from "./qrels-file.ts";
import { partsOf, readQueries } from "./query-file.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "nearfield-evaluate-"));
  await writeFile(path.join(folder, "cat.png"), new Uint8Array([1, 2, 3]));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(...lines: readonly string[]): Promise<string> {
  const at = path.join(folder, "lines");
  await writeFile(at, lines.join("\n"));
  return at;
}

describe("queries", () => {
  test("are made of a text, a picture beside the file, a vector, or parts; topics of id and text", async () => {
    const queries = await readQueries(
      await file(
        '{"id":"a","text":"a cat","space":"text"}',
        "",
        '{"id":2,"text":"like this","image":"cat.png"}',
        '{"id":"c","vector":[1,0],"space":"v","modality":"sound"}',
        '{"id":"d","queries":[{"like":"x"},{"text":"but red","weight":2}]}',
        "e\twhat is a cat?",
      ),
    );
    expect(queries.map(({ id, modality, text }) => [id, modality, text])).toEqual([
      ["a", "text", "a cat"],
      ["2", "text+image", "like this"],
      ["c", "sound", null],
      ["d", "like+text", "but red"],
      ["e", "text", "what is a cat?"],
    ]);
    const [, both] = queries;
    if (both === undefined) throw new Error("there are five");
    expect(await partsOf(both)).toMatchObject([
      { text: "like this", weight: 1 },
      { image: { base64: "AQID" } },
    ]);
  });

  test("each bad line is named", async () => {
    const at = await file(
      '{"id":"a","text":"good"}',
      "{bad",
      "no tab",
      '{"id":"a","text":"again"}',
      '{"id":"b"}',
      '{"id":"c","image":"dog.png"}',
      '{"id":"d","vector":[1]}',
      '{"id":"e","text":"x","colour":"red"}',
    );
    const complaint = await readQueries(at).catch((error: Error) => error.message);
    expect(String(complaint).replaceAll(folder, "").split("\n")).toEqual([
      "/lines:2: not JSON",
      "/lines:3: neither JSON nor id<TAB>text",
      "/lines:4: the id a is there twice",
      "/lines:5: either queries, or text, image or vector, is needed",
      "/lines:6: there is no picture /dog.png",
      expect.stringMatching(/^\/lines:7: \/space /),
      expect.stringMatching(/^\/lines:8: \/colour /),
    ]);
  });

  test("a file of another kind is refused in ten lines, an empty or missing one too", async () => {
    const many = await file(...Array.from({ length: 40 }, (_, i) => `line ${i}`));
    await expect(readQueries(many)).rejects.toThrow(/:10: neither.*\nand 30 more$/);
    await expect(readQueries(await file(""))).rejects.toThrow(/has no lines/);
    await expect(readQueries(path.join(folder, "none"))).rejects.toThrow(/can't be read/);
  });
});

describe("qrels", () => {
  test("are TREC's four columns or JSON, graded", async () => {
    const qrels = await readQrels(
      await file(
        "q1 0 d1 2",
        "q1\t0\td2\t0",
        '{"query":"q1","document":"a b"}',
        '{"query":2,"document":"d1","grade":3}',
      ),
    );
    expect(qrels).toEqual(
      new Map([
        ["q1", new Map(Object.entries({ d1: 2, d2: 0, "a b": 1 }))],
        ["2", new Map([["d1", 3]])],
      ]),
    );
  });

  test("each bad line is named", async () => {
    const at = await file("q1 0 d1 1", "q1 0 d1", "q1 0 d1 good", "q1 0 d1 0", '{"query":"q1"}');
    const complaint = await readQrels(at).catch((error: Error) => error.message);
    expect(String(complaint).replaceAll(folder, "").split("\n")).toEqual([
      "/lines:2: neither JSON nor query 0 document grade",
      "/lines:3: neither JSON nor query 0 document grade",
      "/lines:4: d1 is judged twice for q1",
      expect.stringMatching(/^\/lines:5: \/document /),
    ]);
  });
});
