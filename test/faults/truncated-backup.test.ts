import { describe, expect, test } from "vitest";
import { UpstashPromotions } from "../../lambdas/adapters/upstash-promotions.ts";
import type { BlobStore } from "../../lambdas/ports/blobs.ts";
import { snapshotBlob } from "../../lambdas/snapshot/snapshot-names.ts";
import { lineOf } from "../../shared/contracts/checkpoint.ts";
import type { SnapshotManifest } from "../../shared/contracts/snapshot.ts";
import { required } from "../../shared/std/assert.ts";
import { randomName } from "../../shared/std/random.ts";
import { heal, OTHER, signal, snapshotOf, snapshotRegions } from "./snapshot-regions.ts";
import { PRIMARY, type SnapshotWorld } from "./snapshot-world.ts";

const regions = snapshotRegions();
const silent = async () => undefined;

/** What may become of a part. */
const DAMAGES: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array | null>> = {
  "cut short": (bytes) => bytes.slice(0, -1),
  "one bit flipped": (bytes) => bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] ?? 0) ^ 1),
  missing: () => null,
};

describe("a snapshot is restored into a new collection", () => {
  test("with the same documents and digest, in every region, and goes on from there", async () => {
    const of = await regions.world(31, 80);
    const made = await snapshotOf(of);
    await of.write(15);
    const { record, position, damaged } = await restore(of, made.id, "again");
    expect([position, damaged]).toEqual([80, []]);
    const expected = of.expected(80);
    of.record = record;
    for (const region of [PRIMARY, OTHER]) {
      await heal(of, region);
      expect(await of.shown(region)).toEqual(expected);
      const { documents, digest, point } = await of.start(region).content.of(record, signal());
      expect([documents, digest, point.position]).toEqual([made.documents, made.digest, 81]);
    }
    of.history = [...of.history.slice(0, 80), { id: "", text: null }];
    await of.write(20);
    for (const region of [PRIMARY, OTHER]) {
      await of.catchUp(region);
      expect(await of.shown(region)).toEqual(of.expected());
    }
  });

  test("to a later position, as far as the log has it", async () => {
    const of = await regions.world(32, 40);
    const made = await snapshotOf(of);
    await of.write(30);
    const { record } = await restore(of, made.id, "later", 60);
    await expect(restore(of, made.id, "too-late", 71)).rejects.toMatchObject({
      code: "position-lost",
    });
    const expected = of.expected(60);
    of.record = record;
    await heal(of, OTHER);
    await of.catchUp(OTHER);
    expect(await of.shown(OTHER)).toEqual(expected);
  });

  test("of several terms: a region begun from it knows where they began, and what is restored from it has one term of its own", async () => {
    const of = await regions.world(36, 40);
    await promote(of);
    await of.write(20);
    await of.catchUp(PRIMARY);
    const made = await snapshotOf(of);
    await promote(of);
    await of.write(5);
    await of.start(PRIMARY).resyncer.resync(of.record, signal());
    await of.loseTables(OTHER);
    await heal(of, OTHER);
    const { checkpoint } = await of.held(OTHER);
    const line = lineOf(required(checkpoint, "the region holds it"));
    expect(line.terms).toEqual([
      { term: 1, first: 1 },
      { term: 2, first: 41 },
      { term: 3, first: 61 },
    ]);
    const { record } = await restore(of, made.id, "of-terms", 63);
    const expected = of.expected(63);
    of.record = record;
    for (const region of [PRIMARY, OTHER]) {
      await heal(of, region);
      await of.catchUp(region);
      expect(await of.shown(region)).toEqual(expected);
    }
    of.history = [...of.history.slice(0, 63), { id: "", text: null }];
    await of.write(5);
    await of.catchUp(OTHER);
    expect(await of.shown(OTHER)).toEqual(of.expected());
  });

  test("after its log and all regions were lost: the blobs alone are enough", async () => {
    const of = await regions.world(33, 50);
    const made = await snapshotOf(of);
    await of.loseAll();
    const { record } = await restore(of, made.id, of.record.name);
    const expected = of.expected();
    of.record = record;
    await heal(of, PRIMARY);
    expect(await of.shown(PRIMARY)).toEqual(expected);
  });

  for (const [name, damage] of Object.entries(DAMAGES)) {
    test(`a part is ${name}: it is named, and nothing is restored`, async () => {
      const of = await regions.world(34, 50);
      const made = await snapshotOf(of);
      for (const blob of ["part-00000", "manifest"]) {
        const mend = await damaged(of, made, blob, damage);
        const failing = restore(of, made.id, "never");
        if (blob === "manifest" && name === "missing")
          await expect(failing).rejects.toMatchObject({ code: "not-found" });
        else
          await expect(failing).rejects.toMatchObject({
            code: "snapshot-damaged",
            hint: expect.stringContaining(`${blob} of ${made.id}`),
          });
        expect(await of.log.collection("t", "never", signal())).toBeNull();
        await mend();
      }
      expect(await restore(of, made.id, `mended-${name.length}`)).toMatchObject({ damaged: [] });
    });
  }

  test("a part is damaged, and there is an older snapshot: that one and more of the log give the same", async () => {
    const of = await regions.world(35, 40);
    const older = await snapshotOf(of);
    await of.write(25);
    await of.catchUp(PRIMARY);
    const newest = await snapshotOf(of);
    await damaged(of, newest, "part-00000", required(DAMAGES["cut short"], "a damage"));
    const { record, from, position, damaged: named } = await restore(of, newest.id, "older");
    expect([from.id, position]).toEqual([older.id, 65]);
    expect(named).toEqual([{ snapshot: newest.id, part: "part-00000" }]);
    of.record = record;
    await heal(of, OTHER);
    await of.catchUp(OTHER);
    const { documents, digest } = await of.start(OTHER).content.of(record, signal());
    expect([documents, digest]).toEqual([newest.documents, newest.digest]);
  });

  test("another's snapshot, and a name that is taken, are refused", async () => {
    const of = await regions.world(36, 10);
    const made = await snapshotOf(of);
    const { restorer } = of.start(PRIMARY);
    const incarnation = randomName(12, Math.random);
    const order = { snapshot: made.id, into: "mine", at: null, incarnation };
    await expect(
      restorer.restore({ tenant: "somebody else", ...order }, silent, signal()),
    ).rejects.toMatchObject({ code: "not-found" });
    await expect(restore(of, made.id, of.record.name)).rejects.toMatchObject({
      code: "already-exists",
    });
  });
});

test("a region builds itself anew from an older snapshot where the newest is damaged", async () => {
  const of = await regions.world(37, 30);
  await snapshotOf(of);
  await of.write(20);
  await of.catchUp(PRIMARY);
  const newest = await snapshotOf(of);
  await of.write(10);
  await of.catchUp(PRIMARY);
  await of.start(PRIMARY).keeper.keep(of.record, signal());
  await damaged(of, newest, "part-00000", required(DAMAGES["one bit flipped"], "a damage"));
  await heal(of, OTHER);
  expect(of.reported.map(({ event }) => event)).toContain("snapshot-damaged");
  await of.catchUp(OTHER);
  expect(await of.shown(OTHER)).toEqual(of.expected());
});

test("a snapshot that was damaged before it was read back does not count: the log is not trimmed behind it", async () => {
  const of = await regions.world(38, 30);
  await snapshotOf(of);
  await of.write(10);
  await of.catchUp(PRIMARY);
  const lying: BlobStore = {
    put: (name, bytes, ...given) =>
      of.blobs.put(name, name.includes("/part-") ? bytes.slice(0, -1) : bytes, ...given),
    get: (...given) => of.blobs.get(...given),
    list: (...given) => of.blobs.list(...given),
    remove: (...given) => of.blobs.remove(...given),
  };
  const { snapshotter } = of.start(PRIMARY, { blobs: lying });
  await expect(snapshotter.make(of.record, "asked", silent, signal())).rejects.toThrow("bytes");
  await of.start(PRIMARY).keeper.keep(of.record, signal());
  expect((await of.upkeep.tail(of.record.incarnation, signal())).start).toBe(1);
});

/** Begins the log's next term. */
async function promote(of: SnapshotWorld): Promise<void> {
  const promotions = new UpstashPromotions(of.redisOf(PRIMARY));
  const seenTerm = of.record.term;
  const next = { ...of.record, term: seenTerm + 1 };
  required(await promotions.promote(of.record, { seenTerm, next }, signal()), "it is promoted");
  of.record = next;
}

async function restore(
  of: SnapshotWorld,
  snapshot: string,
  into: string,
  at: number | null = null,
) {
  const incarnation = randomName(12, Math.random);
  const order = { tenant: of.record.tenant, snapshot, into, at, incarnation };
  return of.start(PRIMARY).restorer.restore(order, silent, signal());
}

/** Damages one of a snapshot's blobs. @returns mends it again */
async function damaged(
  of: SnapshotWorld,
  { record, id }: SnapshotManifest,
  blob: string,
  damage: (bytes: Uint8Array) => Uint8Array | null,
): Promise<() => Promise<void>> {
  const name = snapshotBlob(record.tenant, id, blob);
  const { bytes, type } = required(await of.blobs.get(name, signal()), "the blob is there");
  const after = damage(bytes);
  if (after === null) await of.blobs.remove(name, signal());
  else await of.blobs.put(name, after, type, signal());
  return () => of.blobs.put(name, bytes, type, signal());
}
