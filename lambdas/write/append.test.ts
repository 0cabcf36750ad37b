import fc from "fast-check";
import { expect, test } from "vitest";
import { problemSpec } from "../../shared/contracts/problems.ts";
import type { Taken, WriteLog } from "../ports/write-log.ts";
import { serverRoom } from "../adapters/server-room.ts";
import { append, type AppendDeps } from "./append.ts";

const point = { term: 1, position: 0, chain: "0".repeat(40) };
const now = { timeMs: 0, term: 1, step: 0 };

/** A log that knows its keys, and breaks off after so many appends. */
function logThat(breaksAfter: number) {
  const held: string[] = [];
  const taken = new Map<string, Taken>();
  let left = breaksAfter;
  const log: Partial<WriteLog> = {
    append: async (_, { idempotencyScope, entries }) => {
      const known = taken.get(idempotencyScope);
      if (known !== undefined) return { ...known, kind: "repeated" };
      if (left-- === 0) throw new Error("the connection broke");
      held.push(...entries);
      const count = entries.length;
      const made = {
        kind: "appended" as const,
        point: { ...point, position: held.length },
        now,
        count,
      };
      taken.set(idempotencyScope, made);
      return made;
    },
  };
  return { log: log as WriteLog, held, mend: () => (left = Infinity) };
}

test("a request that broke off is completed by its repetition, each document once, also where its entries have another size by then", async () => {
  // As other spaces make them: each document's entry in two sizes.
  const sizes = fc.array(fc.tuple(fc.nat(120_000), fc.nat(120_000)), {
    minLength: 1,
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(6), async (documents, breaksAfter) => {
      const { log, held, mend } = logThat(breaksAfter);
      const deps = {
        region: "r",
        log,
        room: serverRoom,
        bell: { others: 0, ring: () => undefined, ringAndWait: () => [] },
        applier: { catchUp: () => Promise.reject(new Error("not here")) },
      } as unknown as AppendDeps;
      const write = (which: 0 | 1) => {
        const entries = documents.map((size, n) => ({
          v: 1 as const,
          kind: "put" as const,
          id: `d${n}`,
          text: "x".repeat(size[which]),
          passages: [{ vectors: {} }],
          createdBy: "k",
        }));
        const asked = { entries, ids: [], scope: "s", digest: "d", waitFor: "log" as const };
        const { signal } = new AbortController();
        return append(
          deps,
          {} as never,
          { collection: {}, checkpoint: null } as never,
          asked,
          signal,
        );
      };
      await write(0).catch(() => undefined);
      mend();
      await write(1);
      const ids = held.map((entry) => (JSON.parse(entry) as { id: string }).id);
      expect(ids).toEqual(documents.map((_, n) => `d${n}`));
    }),
    { numRuns: 60 },
  );
});

test("a write for a position that is not applied in time is not told as done, whatever was waited for; any other is durable", async () => {
  const { log } = logThat(Infinity);
  const deps = {
    region: "r",
    log,
    room: serverRoom,
    bell: { others: 0, ring: () => undefined, ringAndWait: () => [] },
    applier: { catchUp: () => Promise.reject(new Error("not here")) },
  } as unknown as AppendDeps;
  const write = (waitFor: "log" | "primary", condition: { readonly ifPosition?: number }) => {
    const common = { v: 1 as const, kind: "put" as const, id: "d", createdBy: "k" };
    const entries = [{ ...common, passages: [{ vectors: {} }], ...condition }];
    const scope = JSON.stringify([waitFor, condition]);
    const asked = { entries, ids: ["d"], scope, digest: "d", waitFor };
    const held = { collection: {}, checkpoint: null } as never;
    return append(deps, {} as never, held, asked, new AbortController().signal);
  };
  for (const waitFor of ["log", "primary"] as const) {
    await expect(write(waitFor, { ifPosition: 0 })).rejects.toMatchObject({
      code: "outcome-unknown",
    });
    expect(await write(waitFor, {})).toMatchObject({ applied: false, refused: [] });
  }
});

test.each(["low", "full"] as const)(
  "the primary's disk is %s: nothing is appended, and the writer is told when to come again",
  async (standing) => {
    const { log, held } = logThat(Infinity);
    const room = { standing: async () => standing };
    const deps = { region: "r", log, room, bell: { others: 0 } } as unknown as AppendDeps;
    const entries = [{ v: 1 as const, kind: "delete" as const, id: "d", createdBy: "k" }];
    const asked = { entries, ids: ["d"], scope: "s", digest: "d", waitFor: "log" as const };
    const holding = { collection: {}, checkpoint: null } as never;
    const refused = append(deps, {} as never, holding, asked, new AbortController().signal);
    await expect(refused).rejects.toMatchObject({ code: "storage-full" });
    expect(held).toEqual([]);
    expect(problemSpec("storage-full").retryAfterS).toBeGreaterThan(0);
  },
);
