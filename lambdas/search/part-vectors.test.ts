import { expect, test } from "vitest";
import { CollectionRecord } from "../../shared/contracts/collection.ts";
import { QueryPart } from "../../shared/contracts/query.ts";
import type { Embedder } from "../ports/embedder.ts";
import type { OpenedRead } from "../freshness/reader.ts";
import { planBranches } from "./branches.ts";

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
