import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FolderBlobs } from "../../lambdas/adapters/folder-blobs.ts";
import { openLanceDbStore } from "../../lambdas/adapters/lancedb-store.ts";
import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import { required } from "../../shared/std/assert.ts";
import { startTwin, until, type RunningTwin } from "../flows/start-twin.ts";
import { vectorCollection, vectorOf } from "../flows/vectors.ts";
import { OTHER, signal, snapshotOf, snapshotRegions } from "./snapshot-regions.ts";
import { SnapshotWorld } from "./snapshot-world.ts";
import { mountTmpfs, type Tmpfs } from "./tmpfs.ts";

const MIB = 1024 * 1024;
const DISK_MIB = 64;
const FREE_BYTES_MIN = 16 * MIB;
/** Each of them is beyond another step of a write: rows, a table's version, a checkpoint. */
const LEFT_BYTES = [0, 16_384, 65_536, 262_144, 524_288];
const PRIMARY = "us-east-1";
const REPLICA = "eu-central-1";
const SOON_MS = 30_000;

let folder: string;
let disks: Record<"store" | "primary" | "replica", Tmpfs> | null = null;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "nearfield-disk-full-"));
  const at = (name: string) => path.join(folder, name);
  const stores = ["store", `twin/stores/${PRIMARY}`, `twin/stores/${REPLICA}`].map(at);
  const mounted = await Promise.all(stores.map((store) => mountTmpfs(store, DISK_MIB)));
  const [store = null, primary = null, replica = null] = mounted;
  if (store !== null && primary !== null && replica !== null) disks = { store, primary, replica };
  process.stdout.write(
    disks === null
      ? "disk-full: no tmpfs can be mounted here, so nothing of it is run: it takes root, or sudo without a password\n"
      : `disk-full: each store on a tmpfs of ${DISK_MIB} MiB\n`,
  );
});
afterAll(async () => {
  for (const disk of Object.values(disks ?? {})) await disk.remove();
  await rm(folder, { recursive: true, force: true });
});

describe("the disk itself refuses", () => {
  const regions = snapshotRegions();

  test("a region stops wherever in a write it does, shows what its checkpoint says, also to who opens it anew, and goes on when there is room", async () => {
    if (disks === null) return;
    const { store: disk } = disks;
    const root = path.join(disk.folder, "lancedb");
    const other = await openLanceDbStore({ root });
    const of = await regions.world(41, 30, { other });
    await of.catchUp(OTHER);
    let refused = 0;
    for (const left of LEFT_BYTES) {
      await disk.fill(left);
      await of.write(30);
      refused += await refusedAsFull(() => of.catchUp(OTHER));
      await of.endLeases();
      const { checkpoint } = await of.held(OTHER);
      const upTo = required(checkpoint, "held").point.position;
      expect(await of.shown(OTHER)).toEqual(of.expected(upTo));
      const anew = await openLanceDbStore({ root });
      const parts = new Map([[OTHER, { ...of.parts(OTHER), store: anew }]]);
      expect(await shownBy(of, parts)).toEqual(of.expected(upTo));
      await anew.close();
      await disk.free();
      await of.catchUp(OTHER);
      expect(await of.shown(OTHER)).toEqual(of.expected());
    }
    expect(refused).toBeGreaterThan(2);
    await other.close();
  }, 60_000);

  test("of a picture or a snapshot that has no room nothing is left, and its caller is told", async () => {
    if (disks === null) return;
    const { store: disk } = disks;
    const root = path.join(disk.folder, "blobs");
    const blobs = new FolderBlobs(root);
    await blobs.put("kept", new Uint8Array([1, 2, 3]), "image/png", signal());
    await disk.fill(65_536);
    const large = blobs.put("lost", new Uint8Array(MIB), "image/png", signal());
    await expect(large).rejects.toMatchObject({ code: "storage-full" });
    expect(await blobs.get("lost", signal())).toBeNull();
    expect((await blobs.get("kept", signal()))?.bytes).toEqual(Buffer.from([1, 2, 3]));
    const of = await regions.world(42, 60);
    await disk.fill(8_192);
    const { snapshotter, library } = of.start("us-east-1", { blobs });
    const made = snapshotter.make(of.record, "asked", async () => undefined, signal());
    await expect(made).rejects.toMatchObject({ code: "storage-full" });
    const { tenant, incarnation } = of.record;
    expect(await library.list(tenant, incarnation, signal(), () => undefined)).toEqual([]);
    const files = await readdir(root, { recursive: true, withFileTypes: true });
    expect(files.filter((file) => file.isFile())).toHaveLength(1);
    await disk.free();
    await snapshotOf(of);
  }, 60_000);
});

describe("disk-full, through a twin", () => {
  let twin: RunningTwin;
  let client: NearfieldOperator;
  let next = 0;
  beforeAll(async () => {
    if (disks === null) return;
    const env = { NEARFIELD_STORE_FREE_BYTES_MIN: String(FREE_BYTES_MIN) };
    twin = await startTwin({ state: path.join(folder, "twin"), env, args: ["--wan", "off"] });
    client = await twin.client("fra");
    await client.createCollection(vectorCollection("v"));
    await put("all");
  });
  afterAll(async () => {
    if (disks !== null) await twin.stop();
  });

  async function put(waitFor: "primary" | "all") {
    const documents = Array.from({ length: 20 }, () => {
      next += 1;
      return { id: `d${next}`, vectors: { v: vectorOf(next) } };
    });
    const written = client.putDocuments({ collection: "v", documents, waitFor });
    return written.catch((error: unknown) => {
      next -= documents.length;
      throw error;
    });
  }

  async function standing(region: string) {
    const { regions } = await client.status();
    const found = required(
      regions.find(({ name }) => name === region),
      "the region",
    );
    const [view] = found.collections;
    return { disk: found.parts["disk"], position: view?.position ?? null };
  }

  /** Reads from every location that no cache has. */
  let asked = 0;
  async function readEverywhere(): Promise<void> {
    for (const { name } of (await twin.report()).locations) {
      asked += 1;
      const query = { vector: vectorOf(1 + (asked % 20)), space: "v" };
      const from = await twin.client(name);
      const { hits } = await from.retrieve({ collection: "v", query, k: 1 + (asked % 10) });
      expect(hits[0]?.id).toBe(`d${1 + (asked % 20)}`);
    }
  }

  async function level(): Promise<void> {
    await until(
      async () => {
        const { regions } = await client.contentDigest("v");
        return regions.every(
          ({ point, documents }) => point.position === next && documents === next,
        );
      },
      SOON_MS,
      () => `not every region has all ${next} documents`,
    );
    expect((await client.contentDigest("v")).agree).toBe(true);
  }

  test("a replica's: it stops, and says so; writes and reads go on; once there is room it catches up by itself", async () => {
    if (disks === null) return;
    const before = await standing(REPLICA);
    await disks.replica.fill(FREE_BYTES_MIN / 8);
    await until(
      async () => (await standing(REPLICA)).disk === "full",
      SOON_MS,
      () => "it does not say that its disk is full",
    );
    await put("primary");
    await readEverywhere();
    expect(await standing(REPLICA)).toEqual({ disk: "full", position: before.position });
    expect((await standing(PRIMARY)).position).toBe(next);
    await disks.replica.free();
    await level();
    await until(
      async () => (await standing(REPLICA)).disk === "ok",
      SOON_MS,
      () => "it does not say that there is room again",
    );
  }, 90_000);

  test("the primary's: writes are refused before anything is appended, reads go on everywhere, and so do writes once there is room", async () => {
    if (disks === null) return;
    await disks.primary.fill(FREE_BYTES_MIN / 2);
    await until(
      async () => (await standing(PRIMARY)).disk === "full",
      SOON_MS,
      () => "it does not say that its disk is full",
    );
    const error: unknown = await put("primary").catch((refused: unknown) => refused);
    expect(error).toMatchObject({ code: "storage-full", status: 503, retryAfterMs: 30_000 });
    const other = client.createCollection(vectorCollection("w"));
    await expect(other).rejects.toMatchObject({ code: "storage-full" });
    await readEverywhere();
    await level(); // Nothing of what was refused is in any log.
    await disks.primary.free();
    await until(
      async () =>
        put("all").then(
          () => true,
          () => false,
        ),
      SOON_MS,
      () => "writes are still refused",
    );
    await level();
    await readEverywhere();
  }, 90_000);
});

/** 1 where the work is refused because the disk is full. */
async function refusedAsFull(work: () => Promise<void>): Promise<number> {
  return work().then(
    () => 0,
    (error: unknown) => {
      expect(error).toMatchObject({ code: "storage-full" });
      return 1;
    },
  );
}

/** What a region shows to a process that knows nothing but its folder. */
async function shownBy(
  of: SnapshotWorld,
  parts: ConstructorParameters<typeof SnapshotWorld>[0],
): Promise<Map<string, string>> {
  const redis = required(parts.get(OTHER), "the region").redis;
  const all = new Map([...parts, [PRIMARY, { store: of.parts(PRIMARY).store, redis }] as const]);
  return new SnapshotWorld(all, of.blobs, Math.random).shown(OTHER, of.record);
}
