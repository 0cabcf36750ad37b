import { describe, expect, test } from "vitest";
import type { NearfieldClient } from "../../shared/client/nearfield-client.ts";
import type { WireFilter } from "../../shared/contracts/filter.ts";
import { HOSTILE } from "../suites/hostile-texts.ts";
import type { RunningTwin } from "./start-twin.ts";
import { vectorCollection, vectorOf } from "./vectors.ts";

const NAME = "injection";
const SESSION = { session: true };
const SOME = HOSTILE.filter((_, i) => i % 3 === 0);

/** Hostile texts as values, fields and ids, through the edge. 10,000 random filters of them are asked of each engine by its suite. */
export function describeFilterInjection(twin: () => RunningTwin): void {
  describe("filter-injection", () => {
    literally(twin);
    refused(twin);
    deleted(twin);
  });
}

function literally(twin: () => RunningTwin): void {
  test("every hostile text, as a value, a list's item, a tag, a prefix or a part, matches that very text", async () => {
    const client = await twin().client("iad", SESSION);
    const count = (filter: WireFilter) => countOf(client, filter);
    const found = async (filter: WireFilter) => {
      const { documents } = await client.listDocuments({ collection: NAME, filter });
      return documents.map(({ id }) => id);
    };
    await client.createCollection({
      ...vectorCollection(NAME),
      fields: { n: "number", s: "string", tags: "strings" },
    });
    const documents = HOSTILE.map((text, i) => ({
      id: text,
      vectors: { v: vectorOf(i) },
      metadata: { n: i, s: text, tags: [`tag ${i}`, text] },
    }));
    await client.putDocuments({ collection: NAME, documents });
    for (const text of HOSTILE) {
      const said = JSON.stringify(text);
      expect(await found({ s: text }), said).toEqual([text]);
      expect(await found({ s: { $in: [text, "no such text"] } }), said).toEqual([text]);
      expect(await found({ tags: { $contains: text } }), said).toEqual([text]);
      const others = { $and: [{ s: { $ne: text } }, { s: { $nin: [text] } }] };
      expect(await count(others), said).toBe(HOSTILE.length - 1);
      const prefixed = HOSTILE.filter((other) => other.startsWith(text));
      expect(await count({ s: { $prefix: text } }), said).toBe(prefixed.length);
      const holding = HOSTILE.filter((other) => other.includes(text));
      expect(await count({ s: { $contains: text } }), said).toBe(holding.length);
    }
  }, 120_000);

  test("a search under such a filter finds that document alone", async () => {
    const client = await twin().client("iad", SESSION);
    for (const text of SOME) {
      const { hits } = await client.retrieve({
        collection: NAME,
        query: { vector: vectorOf(0), space: "v" },
        filter: { s: text },
        k: 10,
      });
      expect(hits.map(({ id }) => id)).toEqual([text]);
    }
  }, 60_000);
}

function refused(twin: () => RunningTwin): void {
  const count = async (filter: WireFilter) => countOf(await twin().client("iad", SESSION), filter);

  test("as a field's name, an operator, a number or a date it is invalid-filter; too long a one is limit-exceeded", async () => {
    for (const text of SOME.filter((one) => !one.startsWith("$"))) {
      for (const filter of [
        { [text]: 1 },
        { n: text },
        { n: { [`$${text}`]: 1 } },
        { s: { $eq: { x: text } } },
      ])
        await expect(count(filter), JSON.stringify(filter)).rejects.toMatchObject({
          status: 400,
          code: "invalid-filter",
        });
    }
    await expect(count({ s: "'".repeat(100_000) })).rejects.toMatchObject({
      status: 400,
      code: "limit-exceeded",
    });
  }, 60_000);

  test("a pattern that a regular expression would never end on is a text like any other", async () => {
    const startMs = performance.now();
    expect(await count({ s: { $prefix: "(a+)+$" } })).toBe(0);
    expect(await count({ s: { $contains: `${"a".repeat(1_000)}!` } })).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });
}

function deleted(twin: () => RunningTwin): void {
  test("as an id to delete it deletes that document alone", async () => {
    const client = await twin().client("iad", SESSION);
    let left = HOSTILE.length;
    for (const text of SOME) {
      await client.deleteDocument({ collection: NAME, id: text });
      left -= 1;
      expect(await countOf(client, {}), JSON.stringify(text)).toBe(left);
    }
  }, 60_000);
}

async function countOf(client: NearfieldClient, filter: WireFilter): Promise<number> {
  return (await client.countDocuments({ collection: NAME, filter })).count;
}
