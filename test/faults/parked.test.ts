import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { sha256Hex } from "../../shared/std/bytes.ts";
import { EntryUnknown } from "../../shared/contracts/read-log-entry.ts";
import { OTHER, signal, snapshotRegions } from "./snapshot-regions.ts";
import { PRIMARY, type SnapshotWorld } from "./snapshot-world.ts";

const regions = snapshotRegions();

test("an entry that its writer broke stops no region: each steps over it, tells so, and holds the same as the others", async () => {
  const of = await regions.world(51, 20);
  await of.catchUp(OTHER);
  const poison = JSON.stringify({ v: 1, kind: "put", id: "poison", passages: [{}] });
  await append(of, poison);
  of.history.push({ id: "poison", text: null });
  await of.write(20);
  for (const region of [PRIMARY, OTHER]) {
    await of.catchUp(region);
    await of.catchUp(region);
    expect(await of.shown(region)).toEqual(of.expected());
    expect((await of.held(region)).checkpoint?.point.position).toBe(of.history.length);
  }
  const told = { position: 21, digest: sha256Hex(poison) };
  expect(of.reported.filter(({ event }) => event === "entry-parked")).toEqual(
    [PRIMARY, OTHER].map((region) => ({ event: "entry-parked", details: { region, ...told } })),
  );
});

test("an entry of a newer release is not stepped over by an older one", async () => {
  const of = await regions.world(52, 20);
  await append(of, JSON.stringify({ v: 2, kind: "put", id: "newer" }));
  await of.write(20);
  for (const region of [PRIMARY, OTHER]) {
    await expect(of.catchUp(region)).rejects.toThrow(EntryUnknown);
    await of.endLeases();
  }
  expect(await of.shown(PRIMARY)).toEqual(of.expected(20));
  expect(of.reported.filter(({ event }) => event === "entry-parked")).toEqual([]);
});

async function append(of: SnapshotWorld, entry: string): Promise<void> {
  const key = randomUUID();
  const request = { idempotencyScope: key, requestDigest: key, held: null, entries: [entry] };
  const record = { ...of.record, schemaVersion: of.schemaVersion };
  expect(await of.log.append(record, request, signal())).toMatchObject({ kind: "appended" });
}
