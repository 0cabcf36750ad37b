import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { SnapshotJob } from "../../shared/contracts/snapshot.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import type { Clock, Sleep } from "../../shared/std/clock.ts";
import type { Placements } from "../catalog/placements.ts";
import type { Leases } from "../ports/leases.ts";
import type { SnapshotJobs } from "../ports/snapshot-jobs.ts";
import { holdLease } from "../replicate/hold-lease.ts";
import type { ContentReader } from "./content.ts";
import type { Restorer } from "./restorer.ts";
import type { OnDocuments, Snapshotter } from "./snapshotter.ts";

export interface JobRunnerDeps {
  readonly region: string;
  readonly jobs: SnapshotJobs;
  /** Beside the log: a job is done by one region. */
  readonly leases: Leases;
  readonly placements: Placements;
  readonly snapshotter: Pick<Snapshotter, "make">;
  readonly restorer: Pick<Restorer, "restore">;
  /** Begins a restored collection here. */
  readonly resync: (record: CollectionRecord, signal: AbortSignal) => Promise<void>;
  readonly content: ContentReader;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly onFailure: (job: SnapshotJob, error: unknown) => void;
}

const INCARNATION_CHARS = 12;
/** The primary first: it is the furthest. */
const OTHERS_WAIT_MS = 5_000;
/** A job that is over is told of for so long. */
const TOLD_MS = 3_600_000;
/** Between two words on how far a job is. */
const PROGRESS_MS_MIN = 250;

type Outcome = Partial<SnapshotJob>;

/** Does the snapshots and restores that were asked for. */
export class JobRunner {
  readonly #deps: JobRunnerDeps;

  constructor(deps: JobRunnerDeps) {
    this.#deps = deps;
  }

  /**
   * Those that this region can do now, one after the other.
   * @returns how many jobs there were
   * @throws where the log can't be reached
   */
  async run(
    records: () => Promise<readonly CollectionRecord[]>,
    signal: AbortSignal,
  ): Promise<number> {
    const { jobs, clock } = this.#deps;
    const [over, open] = parted(await jobs.all(signal));
    for (const job of over)
      if (clock.wallMs() - job.changedMs > TOLD_MS) await jobs.remove(job.id, signal);
    const known = open.length === 0 ? [] : await records();
    for (const job of open) await this.#attempt(job, known, signal);
    return open.length;
  }

  async #attempt(
    job: SnapshotJob,
    records: readonly CollectionRecord[],
    signal: AbortSignal,
  ): Promise<void> {
    const { leases, sleep, jobs, clock } = this.#deps;
    const work = await this.#workOf(job, records, signal);
    if (work === null) return;
    const lease = await leases.acquire(leaseOf(job), 0, signal);
    if (lease === null) return;
    await holdLease(lease, sleep, signal, async (ours) => {
      const standing = (await jobs.all(ours)).find(({ id }) => id === job.id);
      if (standing === undefined || isOver(standing)) return;
      const startMs = clock.monotonicMs();
      const put = (change: Outcome) =>
        jobs.put({ ...standing, ...change, changedMs: clock.wallMs() }, ours);
      await put({ state: "running" });
      const tookMs = () => Math.round(clock.monotonicMs() - startMs);
      try {
        const done = await work(this.#progress(put), ours);
        await put({ ...done, state: "done", tookMs: tookMs() });
      } catch (error) {
        ours.throwIfAborted(); // Taken up again, by whoever is next.
        this.#deps.onFailure(job, error);
        const said = error instanceof Problem ? `${error.code}: ${error.hint}` : String(error);
        await put({ state: "failed", tookMs: tookMs(), error: said.slice(0, 500) });
      }
    });
  }

  #progress(put: (change: Outcome) => Promise<void>): OnDocuments {
    const { clock } = this.#deps;
    let toldMs = -Infinity;
    return async (documents, total) => {
      if (documents < total && clock.monotonicMs() - toldMs < PROGRESS_MS_MIN) return;
      toldMs = clock.monotonicMs();
      await put({ state: "running", documents, total });
    };
  }

  /** What this region is to do; null where the job is another's. */
  async #workOf(
    { id, work, tenant, region, askedMs }: SnapshotJob,
    records: readonly CollectionRecord[],
    signal: AbortSignal,
  ): Promise<((onDocuments: OnDocuments, signal: AbortSignal) => Promise<Outcome>) | null> {
    const { placements, clock } = this.#deps;
    if (work.kind === "restore") {
      if (region !== this.#deps.region) return null;
      // Whoever takes it up again after a crash goes on with the same collection.
      const incarnation = sha256Hex(id).slice(0, INCARNATION_CHARS);
      return (...given) => this.#restore({ tenant, incarnation, ...work }, ...given);
    }
    const record = records.find(({ incarnation }) => incarnation === work.incarnation);
    if (record === undefined || work.notBy === this.#deps.region) return null;
    const mine = record.primary === this.#deps.region;
    if (!mine && clock.wallMs() - askedMs < OTHERS_WAIT_MS) return null;
    const { checkpoint } = await placements.read(record, signal);
    if (checkpoint === null || checkpoint.point.position < work.atLeast) return null;
    const kind = work.forResync ? "scheduled" : "asked";
    return async (...given) => {
      const made = await this.#deps.snapshotter.make(record, kind, ...given);
      const { id, documents, digest, state } = made;
      const { position } = state.point;
      return { snapshot: id, documents, total: documents, digest, position };
    };
  }

  async #restore(
    order: Parameters<Restorer["restore"]>[0],
    onDocuments: OnDocuments,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { restorer, resync, content, placements } = this.#deps;
    const { record, from, position, damaged } = await restorer.restore(order, onDocuments, signal);
    await resync(record, signal);
    const { checkpoint } = await placements.read(record, signal);
    if (checkpoint === null) throw new Error("the restored collection is not here yet");
    const { documents, digest, point } = await content.of(record, signal);
    // Not where somebody has written to it already: all that was restored was checked when it was written.
    const untouched = point.position === position + 1;
    const asSnapshot = from.state.point.position === position && untouched;
    if (asSnapshot && (digest !== from.digest || documents !== from.documents))
      throw new Error(
        `${documents} documents were restored with digest ${digest}, not ${from.digest}`,
      );
    const found = { documents, total: documents, digest, position };
    return { ...found, snapshot: from.id, damaged: [...damaged] };
  }
}

/** One snapshot of a collection at a time, and one restore in a region. */
function leaseOf({ work, region }: SnapshotJob): string {
  return work.kind === "restore" ? `${region}/restore` : `${work.incarnation}/snapshots`;
}

function isOver({ state }: SnapshotJob): boolean {
  return state === "done" || state === "failed";
}

/** Those that are over, and the others. */
function parted(jobs: readonly SnapshotJob[]): [SnapshotJob[], SnapshotJob[]] {
  return [jobs.filter(isOver), jobs.filter((job) => !isOver(job))];
}
