import { readdir } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { compareCodePoints } from "../../shared/domain/candidate-order.ts";
import { HOSTILE } from "../suites/hostile-texts.ts";
import type { BadInput } from "./bad-input-case.ts";
import type { RunningTwin } from "./start-twin.ts";
import { vectorCollection, vectorOf } from "./vectors.ts";

/** Names of files, of devices and of what every object has; and what looks like another name. */
const NAMES: Readonly<Record<string, string>> = {
  "two dots": "..",
  "one dot": ".",
  "a way up": "../../etc/passwd",
  "a way up, encoded": "%2e%2e%2f",
  "a way up, encoded twice": "%252e%252e%252f",
  "a way up behind a name": "v/../v",
  "a drive": "C:\\",
  "a device": "con",
  "a hidden file": ".hidden",
  NUL: "v\0",
  "a bidi override": "\u202ev",
  "a zero-width space": "v\u200b",
  "4 KiB": "v".repeat(4_096),
  "é in one": "\u00e9",
  "é in two": "e\u0301",
  "a capital": "V",
  __proto__: "__proto__",
  constructor: "constructor",
  emoji: "😀",
  spaces: " v ",
  nothing: "",
};
/** These keep the rule of names: they are names like any other. */
const FINE = new Set(["con", "constructor"]);

/** Longer than an id may be. */
const TOO_LONG = "4 KiB";

export const NAME_CASES: readonly BadInput[] = Object.entries(NAMES)
  .filter(([, name]) => !FINE.has(name))
  .flatMap(([what, name]): BadInput[] => [
    {
      what: `name-hostile: a search in a collection named ${what}`,
      json: { collection: name, query: { vector: vectorOf(1), space: "v" } },
      status: 400,
      code: "invalid-request",
      pointer: "/collection",
    },
    {
      what: `name-hostile: a new collection named ${what}`,
      path: "/v1/collections",
      json: { name },
      status: 400,
      code: "invalid-request",
      pointer: "/name",
    },
    {
      what: `name-hostile: a new space named ${what}`,
      path: "/v1/collections",
      body: `{"name":"hostile-space","spaces":{${JSON.stringify(name)}:{"model":"none","dimension":2}}}`,
      status: 400,
      // No object may have this key, whatever it is for.
      code: name === "__proto__" ? "malformed-json" : "invalid-request",
    },
    {
      what: `name-hostile: a search in a space named ${what}`,
      json: { collection: "v", query: { vector: vectorOf(1), space: name } },
      status: 400,
      code: what === TOO_LONG ? "limit-exceeded" : "invalid-request",
    },
  ]);

/** Ids of all kinds are ids; names in paths open nothing. */
export function describeHostileNames(twin: () => RunningTwin): void {
  describe("name-hostile", () => {
    hostileIds(twin);
    hostilePaths(twin);
  });
}

const IDS = [...new Set([...Object.values(NAMES), ...HOSTILE])].filter(
  (id) => id !== "" && Buffer.byteLength(id) <= 512,
);

function hostileIds(twin: () => RunningTwin): void {
  test("any text is an id: it comes back byte-equal by list, by path and in hits, twins stay two, and each is deleted alone", async () => {
    const client = await twin().client("iad", { session: true });
    await client.createCollection(vectorCollection("hostile-ids"));
    const documents = IDS.map((id, i) => ({ id, vectors: { v: vectorOf(i) } }));
    await client.putDocuments({ collection: "hostile-ids", documents });
    const listed = await client.listDocuments({ collection: "hostile-ids", limit: 1_000 });
    expect(listed.documents.map(({ id }) => id)).toEqual(IDS.toSorted(compareCodePoints));
    for (const [i, id] of IDS.entries()) {
      expect((await client.getDocument({ collection: "hostile-ids", id })).id).toBe(id);
      const { hits } = await client.retrieve({
        collection: "hostile-ids",
        query: { vector: vectorOf(i), space: "v" },
        k: 1,
      });
      expect(hits[0]?.id).toBe(id);
    }
    for (const [i, id] of IDS.entries()) {
      await client.deleteDocument({ collection: "hostile-ids", id });
      const { count } = await client.countDocuments({ collection: "hostile-ids" });
      expect(count, JSON.stringify(id)).toBe(IDS.length - i - 1);
    }
  }, 120_000);

  test("a document is found by its likes, whatever its id", async () => {
    const client = await twin().client("iad", { session: true });
    await client.createCollection(vectorCollection("hostile-likes"));
    const some = IDS.filter((_, i) => i % 4 === 0);
    const documents = some.map((id, i) => ({ id, vectors: { v: vectorOf(i) } }));
    await client.putDocuments({ collection: "hostile-likes", documents });
    for (const id of some) {
      const reply = await client.retrieve({
        collection: "hostile-likes",
        query: { like: id },
        k: some.length,
      });
      expect(reply.hits.map((hit) => hit.id).toSorted(compareCodePoints)).toEqual(
        some.filter((other) => other !== id).toSorted(compareCodePoints),
      );
    }
  }, 60_000);
}

function hostilePaths(twin: () => RunningTwin): void {
  test("in a path such a name opens nothing: 400, 403 or 404, with a problem", async () => {
    const { locations, key } = await twin().report();
    for (const name of Object.values(NAMES).filter((one) => one !== "" && !FINE.has(one))) {
      for (const at of ["/v1/collections/", "/v1/media/", "/v1/documents/x?collection="]) {
        const response = await fetch(`${locations[0]?.url ?? ""}${at}${encodeURIComponent(name)}`, {
          headers: { authorization: `Bearer ${key}` },
        });
        const text = await response.text();
        // What a URL makes of dots is another path: the list of collections, or the page.
        if (response.ok) expect([".", ".."], `${at}${name}: ${text.slice(0, 100)}`).toContain(name);
        else expect([400, 403, 404], `${at}${name}`).toContain(response.status);
        expect(text).not.toContain("root:");
      }
    }
  });

  test("no file has a name that a caller gave", async () => {
    const { state } = twin();
    const entries = await readdir(state, { recursive: true });
    expect(entries.length).toBeGreaterThan(10);
    const strange = entries
      .flatMap((entry) => entry.split(path.sep))
      .filter((name) => !/^[A-Za-z0-9._@-]{1,100}$/.test(name) || name === "passwd");
    expect([...new Set(strange)]).toEqual([]);
  });
}
