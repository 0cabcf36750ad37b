import fc from "fast-check";
import { expect, test } from "vitest";
import type { RegionsRecord } from "../../shared/contracts/regions-record.ts";
import type { PublishedRegions } from "../ports/region-store.ts";
import { publishRegions } from "./publish-regions.ts";

const NAMES = ["us-east-1", "eu-central-1", "ap-southeast-1"];

const record = (version: number, off = "eu-central-1"): RegionsRecord => ({
  version,
  regions: NAMES.map((name) => ({ name, reads: name === off ? "off" : "on" })),
});

/** A Redis by the laws of the port; each call takes as many turns as it is told to. */
class FakeRedis {
  readonly region: string;
  published: string | null = null;
  kept: PublishedRegions["kept"] = null;
  dead = false;
  readonly #turns: () => number;

  constructor(region: string, turns: () => number = () => 0) {
    this.region = region;
    this.#turns = turns;
  }

  async regions() {
    await this.#wait();
    return { published: this.published, kept: this.kept };
  }

  async publishRegions(expected: string | null, version: number, text: string) {
    await this.#wait();
    const isOther = this.kept?.version === version && this.kept.text !== text;
    if (
      (this.published ?? "") !== (expected ?? "") ||
      isOther ||
      (this.kept?.version ?? 0) > version
    )
      return "changed" as const;
    this.published = text;
    this.kept = { version, text };
    return "taken" as const;
  }

  keep(version: number, text: string): void {
    if ((this.kept?.version ?? 0) < version) this.kept = { version, text };
  }

  async #wait() {
    for (let i = this.#turns(); i > 0; i--) await Promise.resolve();
    if (this.dead) throw new Error("no Redis");
  }
}

const held = (stores: readonly FakeRedis[]) => stores.map(({ published }) => published);

test("every region's Redis takes it, one that is cut off is named", async () => {
  const stores = NAMES.map((name) => new FakeRedis(name));
  for (const store of stores.slice(1, 2)) store.dead = true;
  expect(await publishRegions(stores, record(1))).toEqual({
    kind: "published",
    stores: [
      { region: "us-east-1", outcome: "taken" },
      { region: "eu-central-1", outcome: "unreachable" },
      { region: "ap-southeast-1", outcome: "taken" },
    ],
  });
  const text = JSON.stringify(record(1));
  expect(held(stores)).toEqual([text, null, text]);
});

test("published once more, it reaches those that missed it", async () => {
  const stores = NAMES.map((name) => new FakeRedis(name));
  for (const store of stores.slice(1)) store.dead = true;
  await publishRegions(stores, record(1));
  for (const store of stores) store.dead = false;
  expect(await publishRegions(stores, record(1))).toMatchObject({ kind: "published" });
  expect(new Set(held(stores))).toEqual(new Set([JSON.stringify(record(1))]));
});

test.each([
  ["a newer one", record(7)],
  ["another one of the version", record(5, "us-east-1")],
])("%s is never overwritten, and nothing behind it is touched", async (_, there) => {
  const stores = NAMES.map((name) => new FakeRedis(name));
  for (const store of stores) store.published = JSON.stringify(there);
  expect(await publishRegions(stores, record(5))).toEqual({
    kind: "outdated",
    region: "us-east-1",
    version: there.version,
    taken: [],
  });
  expect(new Set(held(stores))).toEqual(new Set([JSON.stringify(there)]));
});

test("what is only kept counts too: a bad push does not open the way for an older record", async () => {
  const stores = NAMES.map((name) => new FakeRedis(name));
  await publishRegions(stores, record(5));
  for (const store of stores) store.published = "{}";
  expect(await publishRegions(stores, record(4))).toMatchObject({ kind: "outdated", version: 5 });
  expect(await publishRegions(stores, record(6))).toMatchObject({ kind: "published" });
  expect(held(stores)[0]).toBe(JSON.stringify(record(6)));
});

test("a record that names regions of another release is in the way of an older one all the same", async () => {
  const stores = NAMES.map((name) => new FakeRedis(name));
  const strange = { version: 9, regions: [{ name: "eu-north-1", reads: "on" }] };
  for (const store of stores) store.published = JSON.stringify(strange);
  expect(await publishRegions(stores, record(9))).toMatchObject({ kind: "outdated", version: 9 });
});

test("of several who publish one version at the same time one succeeds, everywhere the same", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.infiniteStream(fc.integer({ min: 0, max: 4 })),
      fc.integer({ min: 2, max: 4 }),
      async (turns, publishers) => {
        const stores = NAMES.map((name) => new FakeRedis(name, () => turns.next().value ?? 0));
        const records = Array.from({ length: publishers }, (_, i) => record(3, NAMES[i] ?? "none"));
        // A location takes what is published first, and keeps it in all the others.
        const location = async () => {
          for (let i = 0; i < 30; i++) {
            await Promise.resolve();
            const text = stores[0]?.published ?? null;
            if (text !== null) for (const store of stores) store.keep(3, text);
          }
        };
        const [outcomes] = await Promise.all([
          Promise.all(records.map((one) => publishRegions(stores, one))),
          location(),
        ]);
        expect(outcomes.filter(({ kind }) => kind === "published")).toHaveLength(1);
        const winner = records[outcomes.findIndex(({ kind }) => kind === "published")];
        expect(new Set(held(stores))).toEqual(new Set([JSON.stringify(winner)]));
      },
    ),
  );
});
