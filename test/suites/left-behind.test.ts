import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FolderBlobs } from "../../lambdas/adapters/folder-blobs.ts";
import { FolderLostEntries } from "../../lambdas/adapters/folder-lost-entries.ts";
import { openLanceDbStore } from "../../lambdas/adapters/lancedb-store.ts";

const signal = () => AbortSignal.timeout(10_000);
const NOW_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const bytes = Uint8Array.of(1);

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "nearfield-left-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Two temporary files, as whoever was killed left one, and somebody is still writing the other. */
async function leave(folder: string, name: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [kind, ageMs] of [
    ["young", HOUR_MS - 1_000] as const,
    ["old", HOUR_MS + 1_000] as const,
  ]) {
    const file = path.join(folder, `${name}.${kind}.tmp`);
    await writeFile(file, "half");
    await utimes(file, (NOW_MS - ageMs) / 1000, (NOW_MS - ageMs) / 1000);
  }
}

test("half a blob of a process that was killed goes with a listing, or a blob that is put beside it, once it is an hour old", async () => {
  const place = path.join(root, "blobs");
  const blobs = new FolderBlobs(place, () => NOW_MS);
  await blobs.put("media/a", bytes, "text/plain", signal());
  const [hashed = ""] = await readdir(place);
  await leave(path.join(place, hashed), "x");
  await leave(path.join(place, "snapshots/t/c"), "part-0");
  expect(await blobs.list("snapshots/t/", 10, signal())).toEqual([]);
  expect(await readdir(path.join(place, "snapshots/t/c"))).toEqual(["part-0.young.tmp"]);
  for (let put = 0; put < 64; put++) await blobs.put("media/a", bytes, "text/plain", signal());
  const left = await readdir(path.join(place, hashed));
  expect(left.filter((name) => name.endsWith(".tmp"))).toEqual(["x.young.tmp"]);
});

test("lost entries that could not be kept leave no file, however often it is tried; what a killed process left goes", async () => {
  const entries = new FolderLostEntries(root, () => NOW_MS);
  const folder = path.join(root, "lost");
  await leave(folder, "b.ndjson");
  const broken = async function* () {
    yield "{}";
    throw new Error("the store is gone");
  };
  for (let look = 0; look < 3; look++)
    await expect(entries.keep("a", broken(), signal())).rejects.toThrow("the store is gone");
  expect(await readdir(folder)).toEqual(["b.ndjson.young.tmp"]);
  const whole = async function* () {
    yield "{}";
  };
  expect(await entries.keep("a", whole(), signal())).toMatchObject({ lines: 1 });
  expect(await entries.keep("a", whole(), signal())).toBeNull();
  expect((await readdir(folder)).toSorted()).toEqual(["a.ndjson", "b.ndjson.young.tmp"]);
});

test("tables that were being removed when the process was killed are gone once the store is opened again", async () => {
  const place = path.join(root, "lancedb");
  await mkdir(path.join(place, "dropped-one/tables/shard_0.lance"), { recursive: true });
  await mkdir(path.join(place, "nf_c_v1_m1/checkpoints"), { recursive: true });
  await (await openLanceDbStore({ root: place })).close();
  expect(await readdir(place)).toEqual(["nf_c_v1_m1"]);
});
