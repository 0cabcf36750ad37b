import { expect, test } from "vitest";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import type { SnapshotJob, SnapshotManifest } from "../../shared/contracts/snapshot.ts";
import { required } from "../../shared/std/assert.ts";
import { seededRandom } from "../../shared/std/random.ts";
import { askForRestore, askForSnapshot, type AskDeps } from "./ask-for-job.ts";
import { SnapshotDamaged } from "./snapshot-damaged.ts";

const SNAPSHOT = "aaaaaaaaaaaa-000000000000040-bbbbbbbb";
const caller = { tenant: "t", keyId: "k", scopes: ["admin" as const] };
const envelope = {
  requestId: "r",
  traceparent: "",
  context: { caller, issuedMs: 0, signature: "" },
  deadlineMs: 1_000,
};
const record = { name: "c", incarnation: "aaaaaaaaaaaa", lexical: { weight: 0 } };
const manifest = { id: SNAPSHOT, record, kind: "asked" } as SnapshotManifest;
const signal = AbortSignal.timeout(10_000);

/** A region, of which a test changes what it is about. */
function deps(more: Partial<AskDeps> = {}, taken: SnapshotJob[] = []): AskDeps {
  const traits = { name: "x", snapshotReads: true, durable: true, lexical: true, substrings: true };
  return {
    region: "us-east-1",
    catalog: { list: async () => [], refreshed: async () => record as CollectionRecord },
    log: {
      collection: async (_, name) => (name === "c" ? (record as CollectionRecord) : null),
      confirm: async () => ({
        head: { term: 1, position: 57, chain: "" },
        terms: [],
        now: { timeMs: 0, term: 1, step: 0 },
        sealed: null,
      }),
    },
    jobs: {
      add: async (job) => {
        taken.push(job);
        return job;
      },
      all: async () => taken,
    },
    library: {
      list: async () => [],
      manifest: async (_, id) => (id === SNAPSHOT ? manifest : null),
      remove: async () => undefined,
    },
    store: { traits },
    clock: { wallMs: () => 1, monotonicMs: () => 1 },
    random: seededRandom(1),
    ...more,
  };
}

const restore = (of: AskDeps, request: object) =>
  askForRestore(
    of,
    caller,
    { op: "restore", ...envelope, request: { snapshot: SNAPSHOT, into: "new", ...request } },
    signal,
  );

test("a snapshot is asked for that has all that the log has now", async () => {
  const taken: SnapshotJob[] = [];
  const { job } = await askForSnapshot(
    deps({}, taken),
    caller,
    { op: "snapshot", ...envelope, collection: "c" },
    signal,
  );
  expect(job).toMatchObject({ state: "waiting", work: { atLeast: 57, forResync: false } });
  expect(taken).toMatchObject([{ id: job.id, tenant: "t", region: "us-east-1" }]);
  expect(job).not.toHaveProperty("tenant");
});

test("more snapshots than may be asked for are refused", async () => {
  const listed = Array.from({ length: LIMITS.snapshotsAskedMax }, () => ({
    manifest,
    verified: true,
  }));
  const library = { ...deps().library, list: async () => listed };
  await expect(
    askForSnapshot(
      deps({ library }),
      caller,
      { op: "snapshot", ...envelope, collection: "c" },
      signal,
    ),
  ).rejects.toMatchObject({ code: "limit-exceeded" });
});

test("those that are waiting count, and those of other collections or for a region that needs one don't", async () => {
  const taken: SnapshotJob[] = [];
  const of = deps({}, taken);
  const ask = () =>
    askForSnapshot(of, caller, { op: "snapshot", ...envelope, collection: "c" }, signal);
  for (let i = 0; i < LIMITS.snapshotsAskedMax; i++) await ask();
  await expect(ask()).rejects.toMatchObject({ code: "limit-exceeded" });
  const [over, running, other, wish, ...rest] = taken.splice(0);
  const changed = (job: SnapshotJob | undefined, change: object): SnapshotJob => {
    const { work, ...kept } = required(job, "asked for");
    return { ...kept, work: { ...work, ...change } as SnapshotJob["work"] };
  };
  taken.push(...rest);
  taken.push({ ...required(over, "asked for"), state: "failed" });
  taken.push({ ...required(running, "asked for"), state: "running" });
  taken.push(changed(other, { incarnation: "bbbbbbbbbbbb" }), changed(wish, { forResync: true }));
  for (let i = 0; i < 3; i++) await ask();
  await expect(ask()).rejects.toMatchObject({ code: "limit-exceeded" });
});

test.each([
  ["a snapshot that is not there", { snapshot: SNAPSHOT.replace("b", "c") }, {}, "not-found"],
  ["a position before the snapshot", { at: 39 }, {}, "invalid-request"],
  ["a name that is taken", { into: "c" }, {}, "already-exists"],
  [
    "one collection too many",
    {},
    {
      catalog: {
        ...deps().catalog,
        list: async () =>
          Array.from({ length: LIMITS.collectionsPerTenantMax }, () => record as CollectionRecord),
      },
    },
    "limit-exceeded",
  ],
  [
    "words, where the store has none",
    {},
    { store: { traits: { ...deps().store.traits, lexical: false } } },
    "invalid-request",
  ],
])("a restore is refused at once: %s", async (_, request, more, code) => {
  const taken: SnapshotJob[] = [];
  await expect(restore(deps(more, taken), request)).rejects.toMatchObject({ code });
  expect(taken).toEqual([]);
});

test("a snapshot whose manifest is damaged may be asked for: an older one may stand in", async () => {
  const library = {
    ...deps().library,
    manifest: () => Promise.reject(new SnapshotDamaged(SNAPSHOT, "manifest", "was altered")),
  };
  expect(await restore(deps({ library }), { at: 45 })).toMatchObject({
    job: { work: { snapshot: SNAPSHOT, into: "new", at: 45 } },
  });
});
