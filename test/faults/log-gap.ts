import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import type { SnapshotJobView } from "../../shared/contracts/snapshot.ts";
import { required } from "../../shared/std/assert.ts";
import { until, type RunningTwin } from "../flows/start-twin.ts";
import { vectorCollection, vectorOf } from "../flows/vectors.ts";

const REGION = "eu-central-1";
const NAME = "gaps";
const BACK_MS_MAX = 15_000;

/** What becomes of gaps in the log and of damaged backups, through a twin that the tests of a file share. */
export function describeGapsAndBackups(started: () => RunningTwin): void {
  describe("gaps and backups", () => {
    let stories: Stories;
    beforeAll(async () => {
      stories = new Stories(started(), await started().client("fra"));
      await stories.begin();
    });

    test("log-gap: an entry is gone that a region has yet to apply: it stops, is built anew, and every read is answered meanwhile", async () => {
      await stories.logGap();
    }, 60_000);

    test("truncated-backup: a backup is restored with the same digest in every region; of a damaged one the part is named, and the one before stands in", async () => {
      await stories.truncatedBackup();
    }, 90_000);
  });
}

class Stories {
  readonly #twin: RunningTwin;
  readonly #client: NearfieldOperator;

  constructor(twin: RunningTwin, client: NearfieldOperator) {
    this.#twin = twin;
    this.#client = client;
  }

  async begin(): Promise<void> {
    await this.#client.createCollection(vectorCollection(NAME));
    await this.#put(0, 100);
  }

  async #put(from: number, count: number, waitFor: "all" | "primary" = "all"): Promise<void> {
    const documents = Array.from({ length: count }, (_, i) => ({
      id: `d${from + i}`,
      vectors: { v: vectorOf(from + i) },
      metadata: { n: from + i },
    }));
    await this.#client.putDocuments({ collection: NAME, documents, waitFor });
  }

  async #viewOf(region: string) {
    const { regions } = await this.#client.status();
    const views = regions.find((one) => one.name === region)?.collections;
    return views?.find((view) => view.name === NAME);
  }

  async #removeEntry(position: number): Promise<void> {
    const { redis } = await this.#twin.report();
    const log = required(
      redis.find(({ role }) => role === "log"),
      "a log",
    );
    const { redisToken } = JSON.parse(
      await readFile(path.join(this.#twin.state, "secrets.json"), "utf8"),
    );
    const { incarnation } = required(await this.#viewOf("us-east-1"), "the collection");
    const response = await fetch(log.url, {
      method: "POST",
      headers: { authorization: `Bearer ${redisToken}` },
      body: JSON.stringify(["XDEL", `nf:{${incarnation}}:log`, `${position}-1`]),
    });
    expect(await response.json()).toEqual({ result: 1 });
  }

  async #over(job: SnapshotJobView): Promise<SnapshotJobView> {
    let last = job;
    await until(
      async () => {
        last = required(
          (await this.#client.snapshots()).jobs.find(({ id }) => id === job.id),
          "the job is told of",
        );
        return last.state === "done" || last.state === "failed";
      },
      30_000,
      () => `${job.id} is ${last.state}`,
    );
    return last;
  }

  async #agreed(collection: string, position: number) {
    await until(
      async () =>
        (await this.#client.contentDigest(collection)).regions.every(
          ({ point }) => point.position === position,
        ),
      BACK_MS_MAX,
      () => `not every region is at position ${position} of ${collection}`,
    );
    return this.#client.contentDigest(collection);
  }

  async logGap(): Promise<void> {
    await this.#twin.control("POST", `/links/${REGION}->log`, { mode: "cut" });
    await this.#put(100, 30, "primary");
    await this.#removeEntry(110);
    await this.#twin.control("DELETE", `/links/${REGION}->log`);
    const failures: unknown[] = [];
    let reads = 0;
    const done = new AbortController();
    const reading = (async () => {
      for (let k = 1; !done.signal.aborted; k++) {
        const query = { vector: vectorOf(k), space: "v" };
        const asked = { collection: NAME, query, k: 1 + (k % 50), maxStalenessMs: 1_000 };
        await this.#client.retrieve(asked).catch((error: unknown) => failures.push(error));
        reads += 1;
        await delay(50);
      }
    })();
    await until(
      async () => (await this.#viewOf(REGION))?.position === 130,
      BACK_MS_MAX,
      () => `${REGION} is not back: ${this.#twin.output().slice(-1_000)}`,
    );
    done.abort();
    await reading;
    expect([failures, reads > 0]).toEqual([[], true]);
    const { agree, regions } = await this.#agreed(NAME, 130);
    expect([agree, regions.map(({ documents }) => documents)]).toEqual([true, [130, 130, 130]]);
  }

  async truncatedBackup(): Promise<void> {
    const first = await this.#over(await this.#client.backup(NAME));
    expect(first).toMatchObject({ state: "done", documents: 130, position: 130 });
    await this.#put(130, 20);
    const second = await this.#over(await this.#client.backup(NAME));
    const again = await this.#over(
      await this.#client.restore({ snapshot: required(second.snapshot, "an id"), into: "again" }),
    );
    expect(again).toMatchObject({ state: "done", documents: 150, position: 150, damaged: [] });
    expect(again.digest).toBe(second.digest);
    const { agree, regions } = await this.#agreed("again", 151);
    expect([agree, regions[0]?.digest]).toEqual([true, second.digest]);

    const folder = path.join(this.#twin.state, "blobs/snapshots");
    const files = await readdir(folder, { recursive: true });
    const part = required(
      files.find((file) => file.includes(`${second.snapshot}/part-`)),
      "a part",
    );
    const bytes = await readFile(path.join(folder, part));
    await writeFile(path.join(folder, part), bytes.subarray(0, -10));
    const older = await this.#over(
      await this.#client.restore({ snapshot: required(second.snapshot, "an id"), into: "older" }),
    );
    expect(older).toMatchObject({ state: "done", documents: 150, position: 150 });
    expect(older.damaged).toEqual([{ snapshot: second.snapshot, part: path.basename(part) }]);
    // Of the first one, or of the one that the resync had made there.
    expect(older.snapshot).toContain("-000000000000130-");
    expect((await this.#agreed("older", 151)).regions[0]?.digest).toBe(second.digest);
  }
}
