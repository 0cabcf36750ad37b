import { afterAll, beforeAll, expect, test } from "vitest";
import { openMilvusStore } from "../../lambdas/adapters/milvus-store.ts";
import { startMilvusLite, type MilvusServer } from "../suites/milvus-lite.ts";
import { brokenBefore, describeSnapshotCrashes } from "./snapshot-crashes.ts";
import { heal, OTHER, signal, snapshotOf, snapshotRegions } from "./snapshot-regions.ts";
import { PRIMARY } from "./snapshot-world.ts";

const regions = snapshotRegions();
let milvus: MilvusServer;
beforeAll(async () => {
  milvus = await startMilvusLite();
}, 600_000);
afterAll(() => milvus.stop());

test("on Milvus: a region is built anew, has the digest of one in memory, and makes the same snapshot in a quiet moment", async () => {
  const store = await openMilvusStore({ address: milvus.address });
  const of = await brokenBefore(regions, 81, store);
  await heal(of, OTHER);
  await of.catchUp(OTHER);
  expect(await of.shown(OTHER)).toEqual(of.expected());
  const made = await snapshotOf(of, OTHER);
  const { documents, digest } = await of.start(PRIMARY).content.of(of.record, signal());
  expect([made.documents, made.digest]).toEqual([documents, digest]);
  of.laterMs = 120_000;
  await of.start(OTHER).resyncer.clear(of.record, signal());
  await of.write(10);
  await of.catchUp(OTHER);
  expect(await of.shown(OTHER)).toEqual(of.expected());
  await store.close();
}, 300_000);

describeSnapshotCrashes(regions, "before", 1);
describeSnapshotCrashes(regions, "after", 1);
