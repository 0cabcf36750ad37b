import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import { startTwin, type RunningTwin } from "./start-twin.ts";

let twin: RunningTwin;
let client: NearfieldOperator;

beforeAll(async () => {
  twin = await startTwin();
  client = await twin.client("fra", { session: true });
  await client.createCollection({
    name: "c",
    spaces: { v: { model: "none", dimension: 2 } },
    fields: { team: "string", n: "number" },
  });
});
afterAll(async () => {
  await twin.stop();
  await twin.remove();
});

const put = (documents: readonly object[], more: object = {}) =>
  client.putDocuments({
    collection: "c",
    documents: documents.map((document) => ({ vectors: { v: [1, 2] }, ...document })) as never,
    ...more,
  });
const read = (id: string) => client.getDocument({ collection: "c", id });
const mismatch = { code: "position-mismatch", status: 412 };

describe("a repeated write", () => {
  const documents = [{ vectors: { v: [7, 0] } }];

  test("with the same key is done once, and gives the same ids and position", async () => {
    const first = await client.putDocuments(
      { collection: "c", documents },
      { idempotencyKey: "once" },
    );
    const again = await client.putDocuments(
      { collection: "c", documents },
      { idempotencyKey: "once" },
    );
    expect(again).toMatchObject({ ids: first.ids, position: first.position, repeated: true });
  });

  test("with the same key and another content is refused", async () => {
    const other = [{ vectors: { v: [7, 1] } }];
    await expect(
      client.putDocuments({ collection: "c", documents: other }, { idempotencyKey: "once" }),
    ).rejects.toMatchObject({ code: "idempotency-mismatch", status: 422 });
  });
});

describe("a write for a position", () => {
  test("counts where the document is there, and else changes nothing and says which", async () => {
    const { position } = await put([{ id: "a", metadata: { n: 1 } }]);
    await put([{ id: "a", metadata: { n: 2 }, ifPosition: position }]);
    const late = put([
      { id: "a", metadata: { n: 3 }, ifPosition: position },
      { id: "b", metadata: { n: 3 }, ifPosition: 0 },
    ]);
    await expect(late).rejects.toMatchObject({
      ...mismatch,
      errors: [{ pointer: "/documents/0/ifPosition" }],
    });
    expect(await read("a")).toMatchObject({ metadata: { n: 2 } });
    expect(await read("b")).toMatchObject({ metadata: { n: 3 } });
    await expect(put([{ id: "b", ifPosition: 0 }])).rejects.toMatchObject(mismatch);
  });

  test("of many at once for the same position one counts, and a repetition says again which", async () => {
    const { position } = await put([{ id: "one", metadata: { n: 0 } }]);
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        const write = async () =>
          client
            .putDocuments(
              {
                collection: "c",
                documents: [
                  { id: "one", vectors: { v: [1, n] }, metadata: { n }, ifPosition: position },
                ],
              },
              { idempotencyKey: `key-${n}` },
            )
            .then(
              () => "counted",
              (error: { code: string }) => error.code,
            );
        const first = await write();
        expect(await write()).toBe(first);
        return first;
      }),
    );
    const counted = outcomes.flatMap((outcome, n) => (outcome === "counted" ? [n] : []));
    expect(counted).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(["counted", "position-mismatch"]));
    expect(await read("one")).toMatchObject({ metadata: { n: counted[0] } });
  });
});

describe("a patch", () => {
  test("changes the metadata and nothing else; what is null goes", async () => {
    await put([
      { id: "p", title: "T", text: "words", metadata: { team: "red", n: 1, x: { y: 1, z: 2 } } },
    ]);
    const { position } = await client.patchDocument({
      collection: "c",
      id: "p",
      metadata: { n: 2, team: null, x: { y: null } },
    });
    expect(await read("p")).toEqual({
      id: "p",
      title: "T",
      text: "words",
      metadata: { n: 2, x: { z: 2 } },
      position,
    });
    const near = { collection: "c", query: { vector: [1, 2], space: "v" }, filter: { n: 2 } };
    const { hits } = await client.retrieve(near);
    expect(hits.find(({ id }) => id === "p")?.score).toBeGreaterThan(0.999);
  });

  test("that is repeated is done once, and told the same, whatever happened since", async () => {
    const { position } = await put([{ id: "again", metadata: { n: 1 } }]);
    const patch = () =>
      client.patchDocument(
        { collection: "c", id: "again", metadata: { n: 2 }, ifPosition: position },
        { idempotencyKey: "patch-again" },
      );
    const first = await patch();
    expect(await patch()).toMatchObject({ position: first.position, repeated: true });
    await client.deleteDocument({ collection: "c", id: "again" });
    expect(await patch()).toMatchObject({ position: first.position, repeated: true });
    await expect(read("again")).rejects.toMatchObject({ code: "not-found" });
  });

  test("of many at once none is lost", async () => {
    await put([{ id: "busy", metadata: {} }]);
    await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        client.patchDocument({ collection: "c", id: "busy", metadata: { [`k${n}`]: n } }),
      ),
    );
    expect(await read("busy")).toMatchObject({
      metadata: { k0: 0, k1: 1, k2: 2, k3: 3, k4: 4, k5: 5 },
    });
  });

  test("is refused where it does not fit, or the document is elsewhere or nowhere", async () => {
    const { position } = await put([{ id: "q", metadata: { n: 1 } }]);
    const patch = (more: object) =>
      client.patchDocument({ collection: "c", id: "q", metadata: { n: 2 }, ...more });
    await expect(patch({ metadata: { n: "two" } })).rejects.toMatchObject({
      code: "invalid-request",
      errors: [{ pointer: "/metadata/n" }],
    });
    await expect(patch({ ifPosition: position - 1 })).rejects.toMatchObject(mismatch);
    await expect(patch({ id: "nowhere" })).rejects.toMatchObject({ code: "not-found" });
    await patch({ ifPosition: position });
    expect(await read("q")).toMatchObject({ metadata: { n: 2 } });
  });
});

describe("a deletion by filter", () => {
  test("is counted first, takes what it finds, and leaves the rest", async () => {
    await put(
      Array.from({ length: 30 }, (_, n) => ({
        id: `f${n}`,
        metadata: { team: n % 3 === 0 ? "out" : "in" },
      })),
    );
    const filter = { team: "out" };
    const asked = { collection: "c", filter };
    expect(await client.countFound(asked)).toMatchObject({ count: 10 });
    const { ids, more } = await client.deleteFound(asked);
    expect([ids.length, more]).toEqual([10, false]);
    expect(await client.countDocuments(asked)).toMatchObject({ count: 0 });
    expect(await client.countDocuments({ collection: "c", filter: { team: "in" } })).toMatchObject({
      count: 20,
    });
    // Nothing found is nothing done, and no failure.
    expect(await client.deleteFound(asked)).toMatchObject({ ids: [], applied: true });
  });

  test("needs ids or a filter, and a filter that the collection can answer", async () => {
    const request = async (body: object) => {
      const { key, locations } = await twin.report();
      const response = await fetch(`${locations[0]?.url}/v1/documents/delete`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: JSON.stringify({ collection: "c", ...body }),
      });
      return [response.status, ((await response.json()) as { code: string }).code];
    };
    expect(await request({})).toEqual([400, "invalid-request"]);
    expect(await request({ ids: ["a"], filter: { team: "in" } })).toEqual([400, "invalid-request"]);
    expect(await request({ ids: ["a"], dryRun: true })).toEqual([400, "invalid-request"]);
    expect(await request({ filter: { nope: 1 } })).toEqual([400, "invalid-filter"]);
  });
});

describe("a write that waits for regions", () => {
  test("can be read in them at once, whatever freshness is asked", async () => {
    const written = await put([{ id: "w", metadata: { n: 77 } }], { waitFor: "all" });
    expect(written.applied).toBe(true);
    expect([...written.regions].sort()).toEqual(["ap-southeast-1", "eu-central-1", "us-east-1"]);
    for (const location of ["iad", "fra", "sin"]) {
      const reader = await twin.client(location, { session: false });
      const found = await reader.getDocument({ collection: "c", id: "w", consistency: "eventual" });
      expect(found).toMatchObject({ metadata: { n: 77 } });
    }
    const two = await put([{ id: "w2" }], { waitFor: "regions:2" });
    expect(two.regions.length).toBeGreaterThanOrEqual(2);
    await expect(put([{ id: "w3" }], { waitFor: "regions:9" })).rejects.toMatchObject({
      code: "invalid-request",
      errors: [{ pointer: "/waitFor", message: expect.stringContaining("regions:3") }],
    });
    await expect(read("w3")).rejects.toMatchObject({ code: "not-found" });
  });
});
