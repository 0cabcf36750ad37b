import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll } from "vitest";
import { FolderBlobs } from "../../lambdas/adapters/folder-blobs.ts";
import { openMemoryStore } from "../../lambdas/adapters/memory-store.ts";
import type { VectorStore } from "../../lambdas/ports/store.ts";
import { seededRandom } from "../../shared/std/random.ts";
import { startRedis, type RunningRedis } from "../suites/start-redis.ts";
import { PRIMARY, SnapshotWorld } from "./snapshot-world.ts";

export const OTHER = "eu-central-1";
export const signal = () => AbortSignal.timeout(60_000);
const silent = async () => undefined;

/** What the worlds of a test file share. */
export interface SnapshotRegions {
  /**
   * A collection of some writes, which the primary has applied; the other region holds nothing.
   * @param stores a new one in memory for a region where none is given
   */
  world(seed: number, writes: number, stores?: Partial<Stores>): Promise<SnapshotWorld>;
  /** Absolute path of a folder for what a test keeps. */
  folder(): string;
}

interface Stores {
  readonly primary: VectorStore;
  readonly other: VectorStore;
  readonly shards: number;
}

/** Two Redis and a folder for blobs, for all tests of a file. @param engine `js`, or the path of a redis-server */
export function snapshotRegions(engine = "js"): SnapshotRegions {
  let logRedis: RunningRedis;
  let otherRedis: RunningRedis;
  let root: string;
  beforeAll(async () => {
    [logRedis, otherRedis] = await Promise.all([startRedis(engine), startRedis(engine)]);
    root = await mkdtemp(path.join(tmpdir(), "nearfield-snapshots-"));
  });
  afterAll(async () => {
    await Promise.all([logRedis.stop(), otherRedis.stop()]);
    await rm(root, { recursive: true, force: true });
  });
  return {
    async world(seed, writes, { primary, other, shards } = {}) {
      const regions = new Map([
        [PRIMARY, { store: primary ?? openMemoryStore(), redis: logRedis }],
        [OTHER, { store: other ?? openMemoryStore(), redis: otherRedis }],
      ]);
      const blobs = new FolderBlobs(path.join(root, "blobs"));
      const made = new SnapshotWorld(regions, blobs, seededRandom(seed), shards ?? 2);
      await made.create();
      await made.write(writes);
      await made.catchUp(PRIMARY);
      return made;
    },
    folder: () => root,
  };
}

/** A snapshot of what a region holds now. */
export async function snapshotOf(of: SnapshotWorld, region = PRIMARY) {
  return of.start(region).snapshotter.make(of.record, "asked", silent, signal());
}

/** As a region does by schedule: builds what it can't go on with anew, and has done what it lacks for that. */
export async function heal(of: SnapshotWorld, region: string): Promise<void> {
  for (let round = 0; round < 3; round++) {
    try {
      await of.start(region).resyncer.resync(of.record, signal());
      return;
    } catch (error) {
      if (!(error instanceof Error && error.name === "NothingToBuildFrom")) throw error;
    }
    await of.start(PRIMARY).runner.run(async () => [of.record], signal());
  }
  throw new Error(`${region} is not healed`);
}
