import type { HotAnswers } from "../../workers/cache/hot-answers.ts";
import type { LogClocks } from "../../workers/cache/freshness.ts";
import type { RegionFunctions } from "../../workers/ports/region-functions.ts";
import type { RegionStore } from "../../workers/ports/region-store.ts";
import type { WriteResult } from "../../shared/contracts/write-event.ts";
import type { LogTime } from "../../shared/domain/log-clock.ts";
import type { HistoryReply } from "../history/session.ts";
import type { Bug } from "./bug.ts";
import { wrapped } from "./wrapped.ts";

/** How long an answer is handed to whoever asks the same. */
const SHARED_MS = 30_000;

function ofHot(methods: (hot: HotAnswers) => Partial<HotAnswers>): Bug {
  return {
    edge: () => ({
      edge: (edge) => ({ ...edge, hot: wrapped<HotAnswers>(edge.hot, methods(edge.hot)) }),
    }),
  };
}

/** Another idea of the logs' time, for labels and for what may be served. */
function ofClocks(now: (known: LogTime | null, nowMs: number) => LogTime | null): Bug {
  return {
    edge: () => ({
      edge: (edge) => {
        const { clocks } = edge;
        const told: LogClocks["now"] = clocks.now.bind(clocks);
        // The tiers hold the very same clocks.
        clocks.now = (incarnation, nowMs) => now(told(incarnation, nowMs), nowMs);
        return edge;
      },
    }),
  };
}

export const EDGE_BUGS: Readonly<Record<string, Bug>> = {
  "idempotency-key-not-per-tenant": {
    edge: () => {
      const known = new Map<string, WriteResult>();
      return {
        functions: (functions) =>
          wrapped<RegionFunctions>(functions, {
            write: async (event, signal) => {
              const key = "idempotencyKey" in event ? event.idempotencyKey : null;
              const before = key === null ? undefined : known.get(key);
              if (before !== undefined) return before;
              const result = await functions.write(event, signal);
              if (key !== null && result.kind === "written")
                known.set(key, { ...result, repeated: true });
              return result;
            },
          }),
      };
    },
  },
  "session-ignored-by-isolate-tier": ofHot((hot) => ({
    find: (key, wanted, defer) => hot.find(key, { ...wanted, token: null }, defer),
  })),
  "partial-answer-cached": {
    weather: { legFails: 0.1 },
    ...ofHot((hot) => ({
      keep: (key, entry, defer) => {
        const { shards } = entry.coverage;
        hot.keep(key, { ...entry, coverage: { shards, answered: shards, missing: [] } }, defer);
      },
    })),
  },
  /** One answer for all who ask the same, whoever they are. */
  "cache-key-without-claims": {
    edge: ({ time }) => {
      const known = new Map<string, { readonly atMs: number; readonly reply: HistoryReply }>();
      return {
        serve: (serve) => async (tenant, request) => {
          const key = request.body ?? "";
          // Of those that ask for no freshness: nothing else of the answer is to be wrong.
          if (request.path !== "/v1/retrieve" || !key.includes("eventual"))
            return serve(tenant, request);
          const held = known.get(key);
          if (held !== undefined && time.nowMs - held.atMs < SHARED_MS) return held.reply;
          const reply = await serve(tenant, request);
          if (reply.status === 200) known.set(key, { atMs: time.nowMs, reply });
          return reply;
        },
      };
    },
  },
  /** A copy is as right as any answer of its query that is on the list. */
  "absent-is-present": {
    edge: () => ({
      store: (store) =>
        wrapped<RegionStore>(store, {
          watched: async (incarnation, entryIds, signal) => {
            const list = await store.watched(incarnation, entryIds, signal);
            return list === null ? null : { ...list, has: entryIds.map(() => true) };
          },
        }),
    }),
  },
  /** A reading of the log's clock is taken for its time as long as there is no other. */
  "clock-frozen": {
    edge: () => ({
      edge: (edge) => {
        const { clocks } = edge;
        const last = new Map<string, LogTime>();
        const keep: LogClocks["keep"] = clocks.keep.bind(clocks);
        clocks.keep = (incarnation, at, sentMs) => {
          if (at !== null) last.set(incarnation, at);
          keep(incarnation, at, sentMs);
        };
        clocks.now = (incarnation) => last.get(incarnation) ?? null;
        return edge;
      },
    }),
  },
  /** What was confirmed after the reading of the log's clock is dated by it all the same. */
  "sample-older-than-T": {
    weather: { incidents: { "log-clock-jumps": 4_000, "link-cut": 8_000 } },
    ...ofClocks((known) => (known === null ? null : { ...known, readMs: known.timeMs })),
  },
  "staleness-from-local-wall-clock": ofClocks((known, nowMs) =>
    known === null ? null : { ...known, timeMs: nowMs - 3_000 },
  ),
};
