import { expect, test } from "vitest";
import { brokenBefore } from "./snapshot-crashes.ts";
import { heal, OTHER, signal, snapshotOf, snapshotRegions } from "./snapshot-regions.ts";
import { PRIMARY } from "./snapshot-world.ts";

const regions = snapshotRegions();

test("a region whose content is wrong does not build from its own snapshot, also where its line is found broken as well", async () => {
  const of = await regions.world(91, 40);
  await of.catchUp(OTHER);
  const own = await snapshotOf(of, OTHER);
  const { notes, resyncer, library } = of.start(OTHER);
  const { tenant, incarnation } = of.record;
  await notes.ask(incarnation, "content", "it differs", signal());
  await notes.ask(incarnation, "line", "a gap", signal());
  await of.removeEntry(20);
  await expect(resyncer.resync(of.record, signal())).rejects.toThrow("no snapshot is there");
  expect((await of.held(OTHER)).tables).toBe(0);
  await heal(of, OTHER);
  await of.catchUp(OTHER);
  expect(await of.shown(OTHER)).toEqual(of.expected());
  const listed = await library.list(tenant, incarnation, signal(), () => undefined);
  expect(listed.map(({ manifest }) => manifest.region).toSorted()).toEqual([OTHER, PRIMARY]);
  expect(listed.some(({ manifest: { id } }) => id === own.id)).toBe(true);
});

test("what is asked for while a copy is built is not settled with it", async () => {
  const of = await brokenBefore(regions, 92);
  const { incarnation } = of.record;
  const during = of.start(OTHER, {
    blobs: {
      put: (...given) => of.blobs.put(...given),
      list: (...given) => of.blobs.list(...given),
      remove: (...given) => of.blobs.remove(...given),
      get: async (name, ...given) => {
        if (name.includes("/part-"))
          await of.start(OTHER).notes.ask(incarnation, "content", "a file is damaged", signal());
        return of.blobs.get(name, ...given);
      },
    },
  });
  await during.notes.ask(incarnation, "line", "a gap", signal());
  await during.resyncer.resync(of.record, signal());
  const left = await of.start(OTHER).notes.asked(signal());
  expect(left.get(incarnation)?.cause).toBe("content");
});
