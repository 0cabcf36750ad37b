import { expect, test } from "vitest";
import { required } from "../../shared/std/assert.ts";
import { snapshotBlob } from "../../lambdas/snapshot/snapshot-names.ts";
import { delegatedStore } from "./snapshot-bugs.ts";
import { OTHER, signal, snapshotOf, snapshotRegions } from "./snapshot-regions.ts";
import { PRIMARY, type SnapshotWorld } from "./snapshot-world.ts";

const regions = snapshotRegions();

test.each([
  ["a snapshot", true],
  ["the log alone", false],
])(
  "a region builds from %s while others write, make snapshots and trim: what it needs stays until it is done",
  async (_, from) => {
    const of = await regions.world(101, 30);
    const { incarnation } = of.record;
    await of.catchUp(OTHER);
    if (from) await snapshotOf(of);
    let during = 0;
    const { store } = of.parts(OTHER);
    const building = of.start(OTHER, {
      store: {
        ...delegatedStore(store),
        prepare: async (...given) => {
          await store.prepare(...given);
          for (const _ of [1, 2]) await goOn(of);
          during = await trimmedTo(of);
        },
      },
    });
    await building.notes.ask(incarnation, "content", "it differs", signal());
    await building.resyncer.resync(of.record, signal());
    expect(during).toBe(from ? 31 : 1);
    expect((await of.held(OTHER)).tables).toBeGreaterThan(0);
    expect(await of.shown(OTHER)).toEqual(of.expected());
    expect(await trimmedTo(of)).toBe(41);
  },
);

/** The region still applies to what it has, and tells so. */
async function goOn(of: SnapshotWorld): Promise<void> {
  await of.write(10);
  for (const region of [PRIMARY, OTHER]) await of.catchUp(region);
  const { point } = required((await of.held(OTHER)).checkpoint, "held");
  await of.upkeep.report(of.record.incarnation, OTHER, point, signal());
  await snapshotOf(of);
}

/** The log's first position once the primary has trimmed it. */
async function trimmedTo(of: SnapshotWorld): Promise<number> {
  await of.start(PRIMARY).keeper.keep(of.record, signal());
  return (await of.upkeep.tail(of.record.incarnation, signal())).start;
}

test("a region that builds from a snapshot that turns out damaged is not taken for one that is past the hole behind it", async () => {
  const of = await regions.world(102, 30);
  const { tenant, incarnation } = of.record;
  await of.catchUp(OTHER);
  await of.write(10);
  await of.catchUp(PRIMARY);
  const made = await snapshotOf(of);
  await of.blobs.remove(snapshotBlob(tenant, made.id, "part-00000"), signal());
  await of.removeEntry(35);
  await expect(of.start(OTHER).resyncer.resync(of.record, signal())).rejects.toThrow("no snapshot");
  expect(of.reported.map(({ event }) => event)).toEqual(["snapshot-damaged", "log-lost"]);
  expect(await of.upkeep.reports(incarnation, signal())).toEqual([]);
});
