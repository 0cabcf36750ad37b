import { expect } from "vitest";
import { openMemoryStore } from "../../lambdas/adapters/memory-store.ts";
import type { DocumentInput } from "../../shared/contracts/document.ts";
import { required } from "../../shared/std/assert.ts";
import { seededRandom, type Random } from "../../shared/std/random.ts";
import type { RunningRedis } from "../suites/start-redis.ts";
import { CrashingStore } from "./reshard-in-process.ts";
import { LiveSpaces, PRIMARY, vectorOfText, type RegionParts } from "./spaces-in-process.ts";

export const signal = () => AbortSignal.timeout(60_000);
export const OTHER = "eu-central-1";
export const TEXT = { spaces: { text: { model: "text" } } };

/** Random documents with a text, a vector of their own, or both. */
function documentsOf(random: Random, count: number, ids: number): DocumentInput[] {
  return Array.from({ length: count }, () => {
    const n = Math.floor(random() * ids);
    const text = random() < 0.8 ? { text: `text ${Math.floor(random() * 1e6)}` } : {};
    return { id: `d${n}`, ...text, vectors: { own: [1, n] } };
  });
}

/** The primary and another region, each with a store of its own that nothing was written to. */
export function twoRegions([here, there]: readonly [RunningRedis, RunningRedis]) {
  return new Map<string, RegionParts>([
    [PRIMARY, { store: openMemoryStore(), redis: here }],
    [OTHER, { store: openMemoryStore(), redis: there }],
  ]);
}

/** A collection that is written to, with what it must hold. */
export class Story {
  readonly live: LiveSpaces;
  readonly #random: Random;
  readonly written = new Map<string, DocumentInput>();

  constructor(seed: number, regions: ReadonlyMap<string, RegionParts>) {
    this.live = new LiveSpaces(regions);
    this.#random = seededRandom(seed);
  }

  async begin(documents: number): Promise<void> {
    await this.live.create();
    await this.write(documents);
  }

  async write(count: number): Promise<void> {
    const documents = documentsOf(this.#random, count, 60);
    await this.live.put(documents);
    for (const document of documents) this.written.set(document.id ?? "", document);
    const gone = `d${Math.floor(this.#random() * 60)}`;
    await this.live.remove(gone);
    this.written.delete(gone);
  }

  /** Patches documents that are there, and deletes some by a filter. */
  async patch(count: number): Promise<void> {
    const ids = [...this.written.keys()];
    for (let i = 0; i < count; i++) {
      const id = ids[Math.floor(this.#random() * ids.length)] ?? "";
      const document = this.written.get(id);
      if (document === undefined) continue;
      const n = Math.floor(this.#random() * 20);
      await this.live.patch(id, { n });
      this.written.set(id, { ...document, metadata: { n } });
    }
    const n = Math.floor(this.#random() * 20);
    await this.live.removeFound({ n });
    for (const [id, { metadata }] of this.written)
      if (metadata?.["n"] === n) this.written.delete(id);
  }

  /** Every document once, its own vector as it was brought, and of the model's space the vector of its text. */
  async whole(region: string, space: string | null): Promise<void> {
    const { documents, unfilled } = await this.live.shown(region);
    expect([...documents.keys()].sort()).toEqual([...this.written.keys()].sort());
    for (const [id, { vectors, metadata }] of documents) {
      const { text, metadata: patched = {}, vectors: own } = this.written.get(id) ?? {};
      expect([id, metadata]).toEqual([id, patched]);
      const length = Math.hypot(...(own?.["own"] as number[]));
      expect([id, vectors["own"]]).toEqual([
        id,
        [...Float32Array.from(own?.["own"] as number[], (x) => x / length)],
      ]);
      if (space === null) continue;
      const made = text === undefined ? null : [...vectorOfText(text, this.live.release)];
      expect([id, vectors[space]]).toEqual([id, made]);
    }
    if (space !== null) expect(unfilled).toEqual([]);
  }
}

/** As a process of the region does by schedule. */
export async function moveAndFill(story: Story, region: string): Promise<void> {
  const { resharder, filler } = story.live.start(region);
  await resharder.advance(story.live.record, signal());
  await filler.advance(story.live.record, signal());
}

/**
 * A space is added while the primary crashes before or after a call of its store, at every `step`-th one, with writes behind the
 * crash: nothing is lost, and no vector is another text's.
 */
export async function addedThroughCrashes(redis: RunningRedis, step: number): Promise<void> {
  const store = openMemoryStore();
  const regions = new Map([[PRIMARY, { store, redis }]]);
  const counting = new CrashingStore(store);
  const clean = new Story(4, regions);
  await clean.begin(40);
  await clean.live.change(TEXT);
  const process = clean.live.start(PRIMARY, counting.store);
  await process.resharder.advance(clean.live.record, signal());
  await process.filler.advance(clean.live.record, signal());
  await clean.whole(PRIMARY, "text");
  expect(counting.calls).toBeGreaterThan(40);
  for (let call = 0; call < counting.calls; call += step)
    for (const when of ["before", "after"] as const) await crashedOnce({ call, when });

  async function crashedOnce(crashAt: { call: number; when: "before" | "after" }): Promise<void> {
    const story = new Story(100 + crashAt.call, regions);
    await story.begin(40);
    await story.live.change(TEXT);
    const crashing = new CrashingStore(store);
    crashing.crashAt = crashAt;
    const { resharder, filler } = story.live.start(PRIMARY, crashing.store);
    const crashed = await resharder
      .advance(story.live.record, signal())
      .then(() => filler.advance(story.live.record, signal()))
      .then(
        () => false,
        () => true, // The crash itself, or that a write behind it was not applied.
      );
    // How many calls there are depends on the documents.
    expect([crashAt, crashed]).toEqual([crashAt, crashing.calls > crashAt.call]);
    await story.live.endLeases();
    await story.write(5);
    await story.whole(PRIMARY, null);
    await moveAndFill(story, PRIMARY);
    await story.whole(PRIMARY, "text");
  }
}

/** A space is added through crashes after some calls of the primary's store, written to after each; then the primary has all of it. */
export async function addedWhileWritten(
  regions: ReadonlyMap<string, RegionParts>,
  crashes: readonly number[],
): Promise<void> {
  const { store } = required(regions.get(PRIMARY), "the primary");
  const story = new Story(9, regions);
  await story.begin(40);
  await story.live.change(TEXT);
  for (const call of crashes) {
    const crashing = new CrashingStore(store);
    crashing.crashAt = { call, when: "after" };
    const { resharder, filler } = story.live.start(PRIMARY, crashing.store);
    await resharder
      .advance(story.live.record, signal())
      .then(() => filler.advance(story.live.record, signal()))
      .catch(() => expect(crashing.calls).toBeGreaterThan(call));
    await story.live.endLeases();
    await story.write(5);
    await story.whole(PRIMARY, null);
  }
  await moveAndFill(story, PRIMARY);
  await story.write(5);
  await story.whole(PRIMARY, "text");
}

/**
 * A space is added, or built anew, while between any two calls of the primary's store another process writes, patches, and deletes
 * by filter: both regions end with the same documents at the same positions, each with the vector of its text.
 *
 * @returns how many calls had something happen before them
 */
export async function changedMeanwhile(
  regions: ReadonlyMap<string, RegionParts>,
  request: object,
  prepare: (story: Story) => Promise<void>,
  change: (story: Story) => Promise<void>,
  step: number,
): Promise<number> {
  const { store } = required(regions.get(PRIMARY), "the primary");
  for (let call = 0; ; call += step) {
    const story = new Story(900 + call, regions);
    await story.begin(25);
    await story.patch(3);
    await prepare(story);
    await story.live.start(OTHER).applier.catchUp(story.live.record, null, signal());
    await story.live.change(request);
    const counting = new CrashingStore(store);
    let meanwhile: Promise<void> = Promise.resolve();
    const run = async () => {
      meanwhile = change(story);
      // Where the mover holds the appliers' lease, a write is acknowledged only behind it.
      await Promise.race([meanwhile, new Promise((resolve) => setTimeout(resolve, 150))]);
    };
    counting.interlude = { call, run };
    const { resharder, filler } = story.live.start(PRIMARY, counting.store);
    await resharder.advance(story.live.record, signal());
    await meanwhile;
    await filler.advance(story.live.record, signal());
    await meanwhile;
    await story.patch(3);
    await moveAndFill(story, PRIMARY);
    await moveAndFill(story, OTHER);
    await story.live.start(OTHER).applier.catchUp(story.live.record, null, signal());
    await story.whole(PRIMARY, "text");
    await story.whole(OTHER, "text");
    const [here, there] = [await story.live.shown(PRIMARY), await story.live.shown(OTHER)];
    expect([call, positionsOf(there.documents)]).toEqual([call, positionsOf(here.documents)]);
    if (counting.calls <= call) return call / step;
  }
}

function positionsOf(documents: ReadonlyMap<string, { readonly position: number }>) {
  return [...documents].map(([id, { position }]) => `${id}@${position}`).sort();
}
