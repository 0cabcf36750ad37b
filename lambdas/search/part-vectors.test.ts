import { expect, test } from "vitest";
import { CollectionRecord } from "../../shared/contracts/collection.ts";
import { QueryPart } from "../../shared/contracts/query.ts";
import type { Embedder } from "../ports/embedder.ts";
import type { OpenedRead } from "../freshness/reader.ts";
import { createPlacement } from "../../shared/domain/shard-map.ts";
import type { StoreView, StoredRow } from "../ports/store.ts";
import { planBranches } from "./branches.ts";
import { partVectors } from "./part-vectors.ts";

const TEXT = { digest: "sha256:0000000000000001", dimension: 2, textTower: null };
const IMAGE = { digest: "sha256:0000000000000002", dimension: 2 };
const signal = new AbortController().signal;
const plain = { dimension: 2, metric: "cosine", weight: 1 } as const;
const record = CollectionRecord.parse({
  tenant: "t",
  name: "c",
  incarnation: "aaaaaaaaaaaa",
  primary: "us-east-1",
  term: 1,
  schemaVersion: 1,
  spaces: {
    text: { ...plain, model: "text", digest: TEXT.digest },
    image: { ...plain, model: "image", digest: IMAGE.digest },
  },
  fields: {},
  shardMaps: [{ version: 1, shards: 1, key: { by: "id" } }],
});

/** What is searched for one part, and as how near kin, where the picture model has this text tower. */
async function searched(
  part: object,
  textTower: string | null,
  image = IMAGE.digest,
  unfilled: readonly string[] = [],
) {
  const models = { text: TEXT, image: { ...IMAGE, digest: image, textTower } };
  const embedder: Embedder = {
    model: async (model) => models[model],
    embed: async (model) => ({
      digest: models[model].digest,
      vectors: [Float32Array.from([1, 0])],
      refused: [],
      pictures: [],
    }),
  };
  const cache = {
    vectors: async (names: readonly string[]) => names.map(() => null),
    keepVectors: async () => undefined,
  };
  const parts = [QueryPart.parse(part)];
  const opened: Partial<OpenedRead> = { collection: record, unfilled };
  const { branches } = await planBranches(
    { embedder, cache },
    parts,
    "ranks",
    opened as OpenedRead, // The rest is read for `like` alone.
    signal,
  );
  return branches.map(({ name, weight }) => `${name} ${weight}`);
}

test("a text is compared with pictures where their model has its text tower, and counts less there", async () => {
  expect(await searched({ text: "cat" }, TEXT.digest)).toEqual(["text 1", "image 0.5"]);
  expect(await searched({ image: { base64: "AAAA" } }, TEXT.digest)).toEqual([
    "text 0.5",
    "image 1",
  ]);
});

test("where it has none, a part is compared with its own kind alone", async () => {
  expect(await searched({ text: "cat" }, null)).toEqual(["text 1"]);
  expect(await searched({ image: { base64: "AAAA" } }, null)).toEqual(["image 1"]);
  await expect(searched({ text: "cat", space: "image" }, null)).rejects.toMatchObject({
    code: "invalid-request",
    errors: [
      { pointer: "/queries/0/space", message: expect.stringContaining("no text tower, so a text") },
    ],
  });
});

test("a space that was filled by other weights is not searched with these", async () => {
  await expect(searched({ text: "cat" }, TEXT.digest, "sha256:000000000000000f")).rejects.toThrow(
    "Space image was filled by other weights",
  );
});

test("a space that is being filled is left out, and refused where it is named", async () => {
  const unfilled = ["image"];
  expect(await searched({ text: "cat" }, TEXT.digest, IMAGE.digest, unfilled)).not.toHaveLength(0);
  await expect(
    searched({ text: "cat", space: "image" }, TEXT.digest, IMAGE.digest, unfilled),
  ).rejects.toMatchObject({ code: "space-unfilled", hint: expect.stringContaining("image") });
});

/** A collection of three shards by tag, of which these fail or never answer; a document is on the last one. */
function likeOn(
  vectors: StoredRow["vectors"],
  failing: readonly number[],
  hanging: readonly number[],
) {
  const row = { id: "one", passage: 0, position: 1, vectors, fields: {}, body: "{}" };
  const documents: StoreView["documents"] = async (shard) => {
    if (failing.includes(shard)) throw new Error(`shard ${shard} fails`);
    if (hanging.includes(shard)) return new Promise(() => undefined);
    return shard === 2 ? [row] : [];
  };
  const placement = createPlacement({ version: 1, shards: 3, key: { by: "tag", field: "team" } });
  const opened: Partial<OpenedRead> = {
    collection: record,
    unfilled: [],
    placement,
    view: { documents } as StoreView,
  };
  const deps = {
    embedder: {} as Embedder,
    cache: { vectors: async () => [], keepVectors: async () => undefined },
  };
  return (like: string, space?: string) =>
    partVectors(
      deps,
      QueryPart.parse({ like, ...(space === undefined ? {} : { space }) }),
      0,
      opened as OpenedRead,
      signal,
    ).then((found) => found.map((of) => of.space));
}

test("a document that others are to be like is found though another shard fails or hangs; one that is not found may lie there", async () => {
  const vector = Float32Array.from([1, 0]);
  const like = likeOn({ text: vector, image: null }, [0], [1]);
  expect(await like("one")).toEqual(["text"]);
  await expect(likeOn({}, [0], [])("two")).rejects.toThrow("shard 0 fails");
  await expect(likeOn({}, [], [])("two")).rejects.toMatchObject({ code: "not-found" });
});

test("one that has no vector where things are to be like it is told so, rather than finding nothing", async () => {
  const like = likeOn({ text: Float32Array.from([1, 0]), image: null }, [], []);
  await expect(like("one", "image")).rejects.toMatchObject({
    code: "invalid-request",
    errors: [{ pointer: "/queries/0/like", message: '"one" has no vector in space image' }],
  });
  await expect(likeOn({ text: null, image: null }, [], [])("one")).rejects.toMatchObject({
    errors: [{ message: expect.stringContaining("any space that is searched") }],
  });
});
