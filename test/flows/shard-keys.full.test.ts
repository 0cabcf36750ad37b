import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import { startTwin, until, type RunningTwin } from "./start-twin.ts";

const TEAMS = ["red", "green", "blue", "white"];
const DIRECTIONS = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

let twin: RunningTwin;
let client: NearfieldOperator;
beforeAll(async () => {
  twin = await startTwin();
  client = await twin.client("iad");
  const spaces = { v: { model: "none" as const, dimension: 4 } };
  const fields = { team: "string" as const, day: "date" as const, n: "number" as const };
  const shardKey = { by: "tag" as const, field: "team" };
  await client.createCollection({ name: "teams", spaces, fields, shards: 8, shardKey });
  await client.putDocuments({
    collection: "teams",
    documents: Array.from({ length: 80 }, (_, n) => documentOf(n)),
  });
});
afterAll(async () => {
  await twin.stop();
  await twin.remove();
});

function documentOf(n: number, team = n % 4) {
  const near = (DIRECTIONS[team] ?? []).map((value, i) => value + ((n * 7 + i * 3) % 5) / 50);
  const metadata = { team: TEAMS[team] ?? "none", n, day: `20${10 + (n % 20)}-05-01` };
  return { id: `d${n}`, vectors: { v: near }, metadata };
}

const retrieve = (more: object) =>
  client.retrieve({
    collection: "teams",
    query: { vector: [1, 0.1, 0, 0], space: "v" },
    k: 10,
    explain: true,
    consistency: "strong",
    ...more,
  });

describe("a collection whose shards are by tag", () => {
  test("a filter by the tag asks one shard, and finds what there is", async () => {
    const found = await retrieve({ filter: { team: "blue" }, k: 30 });
    expect(found.coverage).toMatchObject({ shards: 1, answered: 1 });
    expect(found.explain?.shards).toMatchObject({ of: 8, asked: [expect.any(Number)] });
    expect(found.explain?.shards.because).toContain("team");
    expect(found.hits).toHaveLength(20);
    expect((await retrieve({})).coverage.shards).toBe(8);
    const count = { collection: "teams", filter: { team: { $in: ["red", "white"] } } };
    expect(await client.countDocuments(count)).toMatchObject({ count: 40 });
  });

  test("a filter that nothing can match asks no shard, and finds nothing", async () => {
    const filter = { $and: [{ team: "red" }, { team: { $in: [] as string[] } }] };
    await expect(retrieve({ filter })).rejects.toMatchObject({ status: 400 });
    const none = await retrieve({ filter: { $and: [{ team: "red" }, { team: "green" }] } });
    expect(none.hits).toEqual([]);
    expect(none.coverage.missing).toEqual([]);
  });

  test("a document that gets another tag is there once, by id and by search", async () => {
    const moved = documentOf(5, 2);
    await client.putDocuments({ collection: "teams", documents: [moved] });
    const all = await retrieve({ k: 100 });
    expect(all.hits.filter(({ id }) => id === "d5")).toHaveLength(1);
    expect(await client.getDocument({ collection: "teams", id: "d5" })).toMatchObject({
      metadata: { team: "blue" },
    });
    const green = await retrieve({ filter: { team: "green" }, k: 30 });
    expect(green.hits.map(({ id }) => id)).not.toContain("d5");
    await client.deleteDocument({ collection: "teams", id: "d5" });
    expect((await retrieve({ k: 100 })).hits.map(({ id }) => id)).not.toContain("d5");
    expect(await client.countDocuments({ collection: "teams" })).toMatchObject({ count: 79 });
  });

  test("`probe` asks the shards whose centroids are nearest; `exact` tells what that misses", async () => {
    const near = await retrieve({ probe: 1 });
    expect(near.coverage.shards).toBeLessThan(8);
    expect(near.explain?.shards.because).toMatch(/left out/);
    expect(near.hits[0]).toEqual((await retrieve({})).hits[0]);
    const exact = await retrieve({ probe: 1, exact: true });
    expect(exact.coverage.shards).toBe(8);
    expect(exact.exact?.recall).toBeGreaterThan(0);
  });

  test("ranges of dates, changed while it serves: regions move, and a filter asks the ranges that it names", async () => {
    const shardKey = { by: "range" as const, field: "day", bounds: ["2015-01-01", "2020-01-01"] };
    expect(await client.reshard("teams", { shardKey })).toMatchObject({ toShards: 3 });
    await expect(client.reshard("teams", { shards: 5 })).rejects.toMatchObject({ status: 409 });
    await until(
      async () =>
        (await client.status()).regions.every(({ collections }) =>
          collections.some(
            ({ name, shards, resharding }) =>
              name === "teams" && shards === 3 && resharding === null,
          ),
        ),
      30_000,
      () => "the regions do not move",
    );
    const told = {
      ...shardKey,
      bounds: ["2015-01-01T00:00:00.000Z", "2020-01-01T00:00:00.000Z"],
    };
    const view = (await client.collections()).find(({ name }) => name === "teams");
    expect(view?.shardKey).toEqual(told);
    // What was told may be sent back, and so may ms: nothing changes.
    for (const bounds of [told.bounds, told.bounds.map((bound) => Date.parse(bound))])
      expect(await client.reshard("teams", { shardKey: { ...shardKey, bounds } })).toMatchObject({
        toShards: 3,
        shardKey: told,
      });
    const late = await retrieve({ filter: { day: { $gte: "2020-01-01" } }, k: 100 });
    expect(late.explain?.shards).toMatchObject({ of: 3, asked: [2] });
    expect(late.hits).toHaveLength(40);
    expect(await client.countDocuments({ collection: "teams" })).toMatchObject({ count: 79 });
  });

  test.each([
    [{ shards: 3, shardKey: { by: "range", field: "n", bounds: [1] } }, "/shards"],
    [{ shardKey: { by: "range", field: "n", bounds: [2, 1] } }, "/shardKey/bounds/1"],
    [{ shardKey: { by: "range", field: "day", bounds: ["yesterday"] } }, "/shardKey/bounds/0"],
    [{ shardKey: { by: "range", field: "n", bounds: ["1"] } }, "/shardKey/bounds/0"],
    [{ shardKey: { by: "tag", field: "n" } }, "/shardKey/field"],
    [{ shardKey: { by: "tag", field: "constructor" } }, "/shardKey/field"],
  ])("shards %j are refused at %s", async (request, pointer) => {
    const body = { name: "bad", fields: { n: "number", day: "date" }, ...request } as object;
    const asked = client.createCollection(body as Parameters<typeof client.createCollection>[0]);
    await expect(asked).rejects.toMatchObject({
      code: "invalid-request",
      errors: [{ pointer, message: expect.any(String) }],
    });
  });
});
