import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTwin, until, type RunningTwin } from "../flows/start-twin.ts";
import { vectorCollection, vectorOf } from "../flows/vectors.ts";
import {
  BOUND_MS,
  DEADLINE_MS,
  filled,
  LOCATIONS,
  shown,
  shownEverywhere,
} from "./delete-story.ts";
import { Writers } from "./writers.ts";

let twin: RunningTwin;

beforeAll(async () => {
  twin = await startTwin({ args: ["--wan", "off"] });
});
afterAll(async () => {
  await twin.stop();
  await twin.remove();
});

/** As in `delete-story.ts`, of this twin. */
const everywhere = (
  consistency: "eventual" | "bounded" | "strong",
  seed: number,
  collection = "v",
): Promise<string[]> => shownEverywhere(twin, consistency, seed, collection);

/** Asks the same at every location until it is stopped; what is asked the same is answered from caches. */
class Readers {
  readonly seen: { readonly askedMs: number; readonly answer: string }[] = [];
  #stopped = false;
  readonly #running = LOCATIONS.map((at) => this.#read(at));

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #read(at: string): Promise<void> {
    const client = await twin.client(at);
    while (!this.#stopped) {
      const askedMs = performance.now();
      this.seen.push({ askedMs, answer: await shown(client, "bounded") });
      await delay(30);
    }
  }
}

test("a collection deleted under load is gone everywhere within the bound, its name serves another one at once, and nothing of the old one comes back", async () => {
  const owner = await twin.client("fra", { session: true });
  await filled(owner, "old");
  const late = await twin.client("sin", { session: true });
  await until(
    async () => (await shown(late, "session")).includes("old"),
    DEADLINE_MS,
    () => "not written",
  );
  const writers = new Writers(twin, "old-w", ["iad", "fra"], 5_000);
  const readers = new Readers();
  await until(
    () => writers.acknowledged.length > 5 && readers.seen.length > 15,
    DEADLINE_MS,
    () => "no load",
  );

  await expect(owner.deleteCollection("w")).rejects.toMatchObject({ code: "not-found" });
  const { regions, snapshots } = await owner.deleteCollection("v");
  const deletedMs = performance.now();
  expect(regions.toSorted()).toEqual(["ap-southeast-1", "eu-central-1", "us-east-1"]);
  expect(snapshots).toBe(0);
  const acknowledged = writers.acknowledged.length;
  // Whoever deleted it sees that at once, from every tier; a read that asks the log too; and what no cache has.
  expect(await shown(owner, "session")).toBe("not-found");
  expect(await everywhere("strong", 1)).toEqual(["not-found"]);
  expect(await everywhere("eventual", 2)).toEqual(["not-found"]);
  expect((await owner.collections()).map(({ name }) => name)).not.toContain("v");
  await until(
    () => writers.failed.length > 2,
    DEADLINE_MS,
    () => "writers notice nothing",
  );
  await writers.stop();
  const codes = new Set(writers.failed.map(({ code }) => code));
  expect([...codes].filter((code) => code !== "not-found" && code !== "collection-moved")).toEqual(
    [],
  );
  expect(writers.acknowledged.length - acknowledged).toBeLessThanOrEqual(2); // Under way when it was deleted.
  await filled(owner, "new");

  await until(
    () => performance.now() > deletedMs + 3 * BOUND_MS,
    DEADLINE_MS,
    () => "",
  );
  await readers.stop();
  const after = readers.seen.filter(({ askedMs }) => askedMs > deletedMs + BOUND_MS);
  expect(after.filter(({ answer }) => answer.includes("old"))).toEqual([]);
  expect(after.some(({ answer }) => answer.includes("new"))).toBe(true);
  expect(await shown(owner, "session")).toContain("new");
  expect(await everywhere("strong", 1)).toEqual([await shown(owner, "session")]);
  // The old one's position means nothing in the new one, and is not taken for one of it.
  expect(await shown(late, "session", 3)).toBe("position-lost");
  expect(await shown(late, "session", 3)).toContain("new"); // The client has forgotten it.
}, 60_000);

test("an alias is read and written as a collection is, and moved everywhere within the bound, cached answers included", async () => {
  const owner = await twin.client("fra", { session: true });
  const put = (collection: string, id: string) =>
    owner.putDocuments({
      collection,
      documents: [{ id, vectors: { v: vectorOf(1) } }],
      waitFor: "all",
    });
  await owner.createCollection(vectorCollection("a"));
  await owner.createCollection(vectorCollection("b"));
  await put("b", "in-b");
  expect(await owner.putAlias("live", "a")).toMatchObject({ alias: "live", collection: "a" });
  await put("live", "in-a");
  expect(await shown(owner, "session", 1, "a")).toBe("in-a");
  expect(await everywhere("bounded", 1, "live")).toEqual(["in-a"]);
  expect(await everywhere("bounded", 1, "live")).toEqual(["in-a"]); // Of which some are cached.
  expect(await shown(owner, "session", 1, "live")).toBe("in-a");
  await expect(owner.createCollection(vectorCollection("live"))).rejects.toMatchObject({
    code: "already-exists",
  });

  await owner.putAlias("live", "b");
  const movedMs = performance.now();
  expect(await everywhere("strong", 1, "live")).toEqual(["in-b"]);
  expect(await shown(owner, "session", 4, "live")).toBe("position-lost");
  await put("live", "too");
  expect((await shown(owner, "session", 1, "live")).split(",").toSorted()).toEqual(["in-b", "too"]);
  expect(await shown(owner, "strong", 1, "a")).toBe("in-a");
  await until(
    () => performance.now() > movedMs + BOUND_MS,
    DEADLINE_MS,
    () => "",
  );
  for (const answer of await everywhere("bounded", 1, "live")) expect(answer).toContain("in-b");
  expect((await owner.aliases()).map(({ collection }) => collection)).toEqual(["b"]);
  await owner.deleteCollection("b");
  expect(await everywhere("strong", 1, "live")).toEqual(["not-found"]);
}, 60_000);
