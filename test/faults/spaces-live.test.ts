import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openLanceDbStore } from "../../lambdas/adapters/lancedb-store.ts";
import { openMemoryStore } from "../../lambdas/adapters/memory-store.ts";
import { startRedis, type RunningRedis } from "../suites/start-redis.ts";
import { PRIMARY } from "./spaces-in-process.ts";
import {
  addedThroughCrashes,
  addedWhileWritten,
  moveAndFill,
  OTHER,
  signal,
  Story,
  TEXT,
  twoRegions,
} from "./spaces-story.ts";
import { judgedOnceThroughCrashes } from "./verdicts.ts";

/** Of the store's calls; more of them in `spaces-live.full.test.ts`. */
const CRASH_STEP = 7;

let redis: readonly [RunningRedis, RunningRedis];
beforeAll(async () => {
  redis = [await startRedis("js"), await startRedis("js")];
});
afterAll(() => Promise.all(redis.map((one) => one.stop())));

async function begun(seed: number, regions = twoRegions(redis)): Promise<Story> {
  const story = new Story(seed, regions);
  await story.begin(50);
  await story.live.start(OTHER).applier.catchUp(story.live.record, null, signal());
  return story;
}

describe("a space that is added to a live collection", () => {
  test("is filled from the stored texts through the log, and every region has the same; the other spaces keep their vectors", async () => {
    const story = await begun(1);
    expect(await story.live.change(TEXT)).toEqual(["text"]);
    await moveAndFill(story, OTHER);
    // Moved, but the primary has made no vectors yet.
    expect(await story.live.shown(OTHER)).toMatchObject({ unfilled: ["text"], version: 2 });
    await story.write(5);
    await moveAndFill(story, PRIMARY);
    await story.whole(PRIMARY, "text");
    await story.live.start(OTHER).applier.catchUp(story.live.record, null, signal());
    await story.whole(OTHER, "text");
    expect(await story.live.change(TEXT)).toEqual(["text"]); // Had already: nothing begins.
    expect(story.live.record.shardMaps).toHaveLength(2);
  });

  test("a document that is patched while its vectors are made gets them all the same", async () => {
    const story = await begun(12);
    await story.live.change(TEXT);
    const { resharder, filler } = story.live.start(PRIMARY);
    await resharder.advance(story.live.record, signal());
    story.live.whileEmbedding = () => story.patch(20);
    await filler.advance(story.live.record, signal());
    expect(story.live.whileEmbedding).toBeNull();
    await story.whole(PRIMARY, "text");
  });

  test("a disk that turns low between the two deletions of one request: that nothing was written is not said", async () => {
    const story = await begun(13);
    await story.live.change(TEXT);
    await story.live.start(PRIMARY).resharder.advance(story.live.record, signal());
    await story.write(1); // The log is for the new spaces from here on.
    let asked = 0;
    const room = { standing: async () => (asked++ === 0 ? ("enough" as const) : ("low" as const)) };
    await expect(story.live.removeFound({ n: 1 }, room)).rejects.toMatchObject({
      code: "outcome-unknown",
    });
    await expect(story.live.removeFound({ n: 1 }, room)).rejects.toMatchObject({
      code: "storage-full",
    });
  });

  test("a region that has not moved stops before what it would lose, and has it all once it moves", async () => {
    const story = await begun(2);
    await story.live.change(TEXT);
    await moveAndFill(story, PRIMARY);
    await story.write(10);
    const late = story.live.start(OTHER);
    await expect(late.applier.catchUp(story.live.record, null, signal())).rejects.toMatchObject({
      name: "LayoutBehind",
    });
    await moveAndFill(story, OTHER);
    await story.live.start(OTHER).applier.catchUp(story.live.record, null, signal());
    await story.whole(OTHER, "text");
  });

  test("a region that never held the collection begins with the new spaces", async () => {
    const regions = twoRegions(redis);
    const story = new Story(3, regions);
    await story.begin(50);
    await story.live.change(TEXT);
    await moveAndFill(story, PRIMARY);
    await story.live.start(OTHER).applier.catchUp(story.live.record, null, signal());
    await story.whole(OTHER, "text");
  });

  test("on LanceDB, which pins what readers see: the same", async () => {
    const root = await mkdtemp(path.join(tmpdir(), "nearfield-spaces-"));
    const store = await openLanceDbStore({ root });
    try {
      await addedWhileWritten(new Map([[PRIMARY, { store, redis: redis[0] }]]), [6, 13, 22, 31]);
    } finally {
      await store.close();
      await rm(root, { recursive: true, force: true });
    }
  }, 120_000);

  test("the primary crashes at calls of its store, and is written to: nothing is lost, and no vector is another text's", async () => {
    await addedThroughCrashes(redis[0], CRASH_STEP);
  }, 120_000);
});

test("writes for a position are judged once, through crashes of who applies them", async () => {
  expect(await judgedOnceThroughCrashes(openMemoryStore(), redis[0])).toBeGreaterThan(3);
}, 60_000);

describe("a space of a live collection", () => {
  test("gets another model: its old vectors are gone, and a new change can follow", async () => {
    const story = await begun(31);
    await story.live.change(TEXT);
    await moveAndFill(story, PRIMARY);
    await story.live.change({
      spaces: { text: { model: "image", modalities: ["text", "image"] } },
    });
    await moveAndFill(story, PRIMARY);
    await story.whole(PRIMARY, "text");
    expect(await story.live.change({ spaces: { more: { model: "text" } } })).toEqual(["more"]);
    await moveAndFill(story, PRIMARY);
    await story.whole(PRIMARY, "more");
  });

  test("that is rebuilt is not searched in a region that begins empty until it is whole there", async () => {
    const regions = twoRegions(redis);
    const story = new Story(32, regions);
    await story.begin(40);
    await story.live.change(TEXT);
    await moveAndFill(story, PRIMARY);
    await story.live.change({ rebuild: ["text"] });
    await story.live.start(PRIMARY).resharder.advance(story.live.record, signal());
    await story.live.start(OTHER).applier.catchUp(story.live.record, null, signal());
    expect((await story.live.shown(OTHER)).unfilled).toEqual(["text"]);
    await moveAndFill(story, PRIMARY);
    await story.live.start(OTHER).applier.catchUp(story.live.record, null, signal());
    await story.whole(OTHER, "text");
  });

  test("is rebuilt by the models of today, and left out of queries until it is", async () => {
    const story = await begun(6);
    await story.live.change(TEXT);
    await moveAndFill(story, OTHER);
    await moveAndFill(story, PRIMARY);
    story.live.release = "sha256:0000000000000002";
    expect(await story.live.change({ rebuild: ["text"] })).toEqual(["text"]);
    const { resharder, filler } = story.live.start(PRIMARY);
    await resharder.advance(story.live.record, signal());
    expect((await story.live.shown(PRIMARY)).unfilled).toEqual(["text"]);
    await story.write(5);
    await filler.advance(story.live.record, signal());
    await story.whole(PRIMARY, "text");
    await moveAndFill(story, OTHER);
    await story.live.start(OTHER).applier.catchUp(story.live.record, null, signal());
    await story.whole(OTHER, "text");
  });

  test("another index keeps the vectors, and asks no model", async () => {
    const story = await begun(7);
    await story.live.change(TEXT);
    await moveAndFill(story, PRIMARY);
    const before = await story.live.shown(PRIMARY);
    expect(
      await story.live.change({ spaces: { text: { model: "text", index: "exact" } } }),
    ).toEqual([]);
    await moveAndFill(story, PRIMARY);
    const after = await story.live.shown(PRIMARY);
    expect(after).toEqual({ ...before, version: 3 });
    await story.write(5);
    await story.whole(PRIMARY, "text");
  });

  test("whose vectors are the user's own is not made anew, and the limit of spaces holds", async () => {
    const story = await begun(8);
    const change = (request: object) => story.live.change(request);
    await expect(change({ rebuild: ["own"] })).rejects.toMatchObject({
      code: "invalid-request",
      errors: [{ pointer: "/rebuild/0", message: expect.stringContaining("brought by you") }],
    });
    await expect(change({ rebuild: ["nope"] })).rejects.toMatchObject({
      errors: [{ pointer: "/rebuild/0", message: expect.stringContaining("own") }],
    });
    const other = { own: { model: "none", dimension: 3 } };
    await expect(change({ spaces: other })).rejects.toMatchObject({
      errors: [{ pointer: "/spaces/own" }],
    });
    const four = Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, { model: "text" }]));
    await expect(change({ spaces: four })).rejects.toMatchObject({ code: "limit-exceeded" });
    expect(story.live.record.shardMaps).toHaveLength(1);
  });
});
