import type { BlobStore } from "../../lambdas/ports/blobs.ts";
import type { AppendOutcome, LogReading, WriteLog } from "../../lambdas/ports/write-log.ts";
import { nextChain } from "../../shared/domain/point.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import type { Bug } from "./bug.ts";
import { wrapped } from "./wrapped.ts";

const NEVER = new AbortController().signal;

export const LOG_BUGS: Readonly<Record<string, Bug>> = {
  /** The writer is told where its write will be, and it is sent off then. */
  "ack-before-append": {
    region: ({ time }) => ({
      log: (log) =>
        wrapped<WriteLog>(log, {
          append: async (record, request, signal) => {
            const { head, now } = await log.confirm(record, signal);
            const sent = time
              .wait(30, "appends later")
              .then(() => log.append(record, request, NEVER));
            sent.catch(() => undefined);
            let { position, chain } = head;
            for (const entry of request.entries) {
              position += 1;
              chain = nextChain(chain, sha256Hex(entry));
            }
            const point = { term: head.term, position, chain };
            const told: AppendOutcome = {
              kind: "appended",
              point,
              now,
              count: request.entries.length,
            };
            return told;
          },
        }),
    }),
  },
  /** What the log names is written behind its append, to be quicker. */
  "segment-after-append": {
    weather: { incidents: { "process-killed": 4_000 } },
    region: ({ time }) => ({
      blobs: (blobs) =>
        wrapped<BlobStore>(blobs, {
          put: async (name, bytes, type, signal) => {
            if (!isSegment(name)) return blobs.put(name, bytes, type, signal);
            const sent = time
              .wait(1_500, "puts later")
              .then(() => blobs.put(name, bytes, type, NEVER));
            sent.catch(() => undefined);
          },
        }),
    }),
  },
  "retry-ignores-idempotency-key": {
    region: () => {
      let tries = 0;
      return {
        log: (log) =>
          wrapped<WriteLog>(log, {
            append: (record, request, signal) => {
              const idempotencyScope = `${request.idempotencyScope} try ${tries++}`;
              return log.append(record, { ...request, idempotencyScope }, signal);
            },
            taken: async () => null,
          }),
      };
    },
  },
  /** What was read of the log's end lately is taken for what it is now. */
  "strong-trusts-cached-head": {
    region: ({ time }) => ({
      log: (log) => wrapped<WriteLog>(log, { confirm: cachedConfirm(log, time, 2_000) }),
    }),
  },
  /** Reads go to a copy of the log's Redis that is behind it, and are dated by its clock now. */
  "replica-confirms": {
    region: ({ time }) => ({
      log: (log) => {
        const readings: {
          readonly atMs: number;
          readonly reading: LogReading;
          readonly of: string;
        }[] = [];
        return wrapped<WriteLog>(log, {
          confirm: async (record, signal) => {
            const reading = await log.confirm(record, signal);
            readings.push({ atMs: time.nowMs, reading, of: record.incarnation });
            const old = readings.findLast(
              ({ atMs, of }) => of === record.incarnation && atMs <= time.nowMs - 1_000,
            );
            return { ...(old?.reading ?? reading), now: reading.now };
          },
        });
      },
    }),
  },
  /** Where the log does not answer, the region is taken to be level with it. */
  "unknown-lag-is-zero": {
    weather: { incidents: { "link-cut": 4_000, "log-restarts": 15_000 } },
    region: ({ time }) => ({
      log: (log) => {
        const known = new Map<string, { readonly atMs: number; readonly reading: LogReading }>();
        const keep = <T extends LogReading>(of: string, reading: T): T => {
          known.set(of, { atMs: time.nowMs, reading });
          return reading;
        };
        return wrapped<WriteLog>(log, {
          confirm: async (record, signal) => {
            const of = record.incarnation;
            const asked = log.confirm(record, AbortSignal.any([signal, time.timeout(300)]));
            return asked.then(
              (reading) => keep(of, reading),
              (error: unknown) => {
                const last = known.get(of);
                if (last === undefined) throw error;
                const { now } = last.reading;
                const later = { ...now, timeMs: now.timeMs + time.nowMs - last.atMs };
                return { ...last.reading, now: later };
              },
            );
          },
          pull: async (record, from, signal) =>
            keep(record.incarnation, await log.pull(record, from, signal)),
        });
      },
    }),
  },
};

/** `segments/` alone: what is beside them is written as it should be. */
function isSegment(name: string): boolean {
  return name.startsWith("segments/");
}

function cachedConfirm(
  log: WriteLog,
  time: { readonly nowMs: number },
  keptMs: number,
): WriteLog["confirm"] {
  const known = new Map<string, { readonly atMs: number; readonly reading: LogReading }>();
  return async (record, signal) => {
    const last = known.get(record.incarnation);
    if (last !== undefined && time.nowMs - last.atMs < keptMs) return last.reading;
    const reading = await log.confirm(record, signal);
    known.set(record.incarnation, { atMs: time.nowMs, reading });
    return reading;
  };
}
