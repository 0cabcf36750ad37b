import { afterAll, beforeAll, expect, test } from "vitest";
import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import type { WireFilter } from "../../shared/contracts/filter.ts";
import { startTwin, type RunningTwin } from "./start-twin.ts";
import { vectorCollection, vectorOf } from "./vectors.ts";

let twin: RunningTwin;
let client: NearfieldOperator;

beforeAll(async () => {
  twin = await startTwin();
  client = await twin.client("iad");
});
afterAll(async () => {
  await twin.stop();
  await twin.remove();
});

test("a document is found by filters over nested metadata, moments and lists, and shows them as they were written", async () => {
  await client.createCollection({
    ...vectorCollection("photos"),
    fields: { "taken.at": "date", "taken.by": "string", tags: "strings" },
  });
  const metadata = {
    taken: { at: "2024-05-01T00:30:00+02:00", by: "Ana 100%" },
    tags: ["sea", "' or 1=1 --"],
  };
  await client.putDocuments({
    collection: "photos",
    documents: [
      { id: "a", vectors: { v: vectorOf(1) }, metadata },
      { id: "b", vectors: { v: vectorOf(2) } },
    ],
  });
  const query = { vector: vectorOf(1), space: "v" };
  const found = async (filter: WireFilter) => {
    const asked = { collection: "photos", query, filter, consistency: "strong" } as const;
    return (await client.retrieve(asked)).hits.map(({ id, metadata: shown }) => ({ id, shown }));
  };
  for (const filter of [
    { "taken.at": { $gte: "2024-04-30", $lt: "2024-05-01" } },
    { "taken.by": { $prefix: "Ana", $contains: "0%" } },
    { tags: { $contains: "' or 1=1 --" }, "taken.by": { $exists: true } },
    { $not: { tags: { $in: ["mountain", "' or"] } } },
  ])
    expect(await found(filter)).toEqual([{ id: "a", shown: metadata }]);
  expect(await found({ tags: { $exists: false } })).toEqual([{ id: "b", shown: undefined }]);
  await expect(found({ "taken.at": "yesterday" })).rejects.toMatchObject({
    code: "invalid-filter",
    errors: [{ pointer: "/filter/taken.at" }],
  });
  const wrong = { id: "c", vectors: { v: vectorOf(3) }, metadata: { taken: { at: 1 } } };
  await expect(
    client.putDocuments({ collection: "photos", documents: [wrong] }),
  ).rejects.toMatchObject({
    code: "invalid-request",
    errors: [{ pointer: "/documents/0/metadata/taken/at" }],
  });
});
