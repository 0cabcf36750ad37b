import { expect, test } from "vitest";
import { Space } from "../../shared/contracts/space.ts";
import type { ModelInfo } from "../ports/embedder.ts";
import { settleSpaces } from "./settle-spaces.ts";

const TEXT = { digest: "sha256:0000000000000001", dimension: 4, textTower: null };
const IMAGE = { digest: "sha256:0000000000000002", dimension: 4, textTower: TEXT.digest };
const signal = new AbortController().signal;

const settled = async (space: object, image: ModelInfo = IMAGE) => {
  const embedder = { model: async (model: "text" | "image") => (model === "text" ? TEXT : image) };
  return (await settleSpaces(embedder, { s: Space.parse(space) }, signal))["s"];
};

test("a space holds what its model is for, unless it says otherwise", async () => {
  expect(await settled({ model: "text" })).toEqual({
    model: "text",
    digest: TEXT.digest,
    dimension: 4,
    metric: "cosine",
    weight: 1,
    index: { kind: "auto", because: expect.any(String) },
  });
});

test("texts enter a joint space by the text tower, whose digest is pinned too", async () => {
  const joint = { model: "image", modalities: ["text", "image"], combine: "average" };
  expect(await settled(joint)).toMatchObject({
    ...joint,
    digest: IMAGE.digest,
    textDigest: TEXT.digest,
  });
});

test.each([
  ["no dimension", { model: "none" }, "dimension"],
  ["another dimension", { model: "text", dimension: 3 }, "dimension"],
  [
    "modalities of one's own vectors",
    { model: "none", dimension: 2, modalities: ["text"] },
    "modalities",
  ],
  ["texts alone by the picture model", { model: "image", modalities: ["text"] }, "modalities"],
  ["pictures by the text model", { model: "text", modalities: ["text", "image"] }, "modalities"],
  ["an average of one kind", { model: "text", combine: "average" }, "combine"],
  [
    "an index and a budget",
    { model: "text", index: "exact", budget: { recallMin: 0.9 } },
    "budget",
  ],
  [
    "an average in a space of pictures",
    { model: "image", modalities: ["image"], combine: "average" },
    "combine",
  ],
])("refused, with a pointer: %s", async (_, space, member) => {
  await expect(settled(space)).rejects.toMatchObject({
    code: "invalid-request",
    errors: [{ pointer: `/spaces/s/${member}` }],
  });
});

test("a picture model without a text tower makes no joint space", async () => {
  const joint = { model: "image", modalities: ["image", "text"] };
  await expect(settled(joint, { ...IMAGE, textTower: null })).rejects.toMatchObject({
    errors: [{ message: expect.stringContaining("no text tower") }],
  });
});

test("concatenation is refused with what to do instead", () => {
  const parsed = Space.safeParse({ model: "image", combine: "concatenate" });
  expect(parsed.error?.issues[0]?.message).toContain("keep two spaces");
});
