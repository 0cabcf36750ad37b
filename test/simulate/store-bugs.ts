import type { DocumentState, StoreLayout, VectorStore } from "../../lambdas/ports/store.ts";
import { allShards } from "../../shared/domain/shard-map.ts";
import type { Bug } from "./bug.ts";
import { wrapped } from "./wrapped.ts";

const NEVER = new AbortController().signal;
/** Of the entries each so-manyth meets a bug that needs chance. */
const EACH = 5;

type Apply = VectorStore["apply"];

/** A store that is handed other documents than were applied. */
function applying(
  change: (documents: readonly DocumentState[], shard: number) => readonly DocumentState[],
): Bug {
  return {
    region: () => ({
      store: (store) =>
        wrapped<VectorStore>(store, {
          apply: (layout, shard, documents, signal) =>
            store.apply(layout, shard, change(documents, shard), signal),
        }),
    }),
  };
}

export const STORE_BUGS: Readonly<Record<string, Bug>> = {
  /** The checkpoint passes an entry whose rows were never written. */
  "gap-skipped": applying((documents) =>
    documents.filter(({ position }) => position % (4 * EACH) !== 0),
  ),
  "delete-misses-one-shard": applying((documents, shard) =>
    documents.filter(({ rows }) => shard !== 0 || rows.length > 0),
  ),
  /** Rows are written behind the checkpoint that says that they are there. */
  "checkpoint-before-store": {
    weather: { incidents: { "process-killed": 5_000 } },
    region: ({ time }) => ({
      store: (store) =>
        wrapped<VectorStore>(store, {
          apply: async (layout, shard, documents, signal) => {
            const version = await store.apply(layout, shard, [], signal);
            if (documents.length === 0 || version === null) return version;
            const later = time
              .wait(40, "rows later")
              .then(() => store.apply(layout, shard, documents, NEVER));
            later.catch(() => undefined);
            return version + 1;
          },
        }),
    }),
  },
  /** A write that was held up is done over a newer one. */
  "older-overwrites-newer": {
    region: ({ time }) => {
      const newest = new Map<string, number>();
      const late = async (
        apply: Apply,
        layout: StoreLayout,
        shard: number,
        state: DocumentState,
      ) => {
        await time.wait(400, "an old write arrives");
        const position = (newest.get(state.id) ?? 0) + 1;
        await apply(layout, shard, [{ ...state, position }], NEVER);
      };
      return {
        store: (store) => {
          const apply: Apply = (...given) => store.apply(...given);
          return wrapped<VectorStore>(store, {
            apply: (layout, shard, documents, signal) => {
              for (const state of documents) {
                newest.set(state.id, state.position);
                if (state.position % EACH === 0)
                  void late(apply, layout, shard, state).catch(() => undefined);
              }
              return store.apply(layout, shard, documents, signal);
            },
          });
        },
      };
    },
  },
  /** A reader is shown whatever is there, rather than what the checkpoint names. */
  "half-batch-visible": {
    weather: { storeTorn: 0.5, storeSlow: 0.3, storeSlowMs: 1_500 },
    region: () => ({
      store: (store) =>
        wrapped<VectorStore>(store, {
          openView: async (layout, checkpoint, signal) => {
            const now = allShards(layout).map((shard) => store.apply(layout, shard, [], signal));
            return store.openView(
              layout,
              { ...checkpoint, versions: await Promise.all(now) },
              signal,
            );
          },
        }),
    }),
  },
  /** The first shard is read as it was at an earlier checkpoint than the answer names. */
  "served-position-is-max-of-shards": {
    region: () => ({
      store: (store) => {
        const before = new Map<string, number | null>();
        return wrapped<VectorStore>(store, {
          openView: (layout, checkpoint, signal) => {
            const [first = null, ...others] = checkpoint.versions;
            const older = before.get(layout.key) ?? first;
            before.set(layout.key, first);
            return store.openView(layout, { ...checkpoint, versions: [older, ...others] }, signal);
          },
        });
      },
    }),
  },
  /** The nearest are found first, and those that do not match left out of them. */
  "filter-after-top-k": {
    region: () => ({
      store: (store) =>
        wrapped<VectorStore>(store, {
          openView: async (...given) => {
            const view = await store.openView(...given);
            return wrapped(view, {
              search: async (query, signal) => {
                const all = await view.search({ ...query, k: 3, filter: null }, signal);
                const matching = await view.search({ ...query, k: 1_000 }, signal);
                const ids = new Set(matching.candidates.map(({ id }) => id));
                const candidates =
                  query.filter === null
                    ? matching.candidates
                    : all.candidates.filter(({ id }) => ids.has(id));
                return { ...matching, candidates: candidates.slice(0, query.k) };
              },
            });
          },
        }),
    }),
  },
};
