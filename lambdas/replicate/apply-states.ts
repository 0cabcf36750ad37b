import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import {
  allShards,
  shardOfDocument,
  shardsOfId,
  type Placement,
} from "../../shared/domain/shard-map.ts";
import type { DocumentState, StoreLayout, VectorStore } from "../ports/store.ts";

/** Shards that can be applied to. */
interface Shards {
  readonly layout: StoreLayout;
  readonly checkpoint: Checkpoint;
}

/**
 * Writes states to the shards that they belong to.
 *
 * @param how `moving`: documents may have lain on other shards before, and are deleted from there in the same step; `home`: they
 *   have not, or what is applied next sees to it
 * @returns each shard's version then
 */
export async function applyStates(
  store: VectorStore,
  holding: Shards,
  placement: Placement,
  states: readonly DocumentState[],
  how: "moving" | "home",
  signal: AbortSignal,
): Promise<(number | null)[]> {
  const placed = states.flatMap((state) => placedBy(placement, state));
  const [home, away] = [placed.filter((one) => one.home), placed.filter((one) => !one.home)];
  if (how === "home" || away.length === 0) return applyPlaced(store, holding, home, signal);
  if (store.traits.snapshotReads) return applyPlaced(store, holding, placed, signal);
  // Readers see each write at once: a document that moves is there twice for a moment, rather than not at all.
  await applyPlaced(store, holding, home, signal);
  return applyPlaced(store, holding, away, signal);
}

interface Placed {
  readonly shard: number;
  /** Where it belongs; else it is deleted from there. */
  readonly home: boolean;
  readonly state: DocumentState;
}

function placedBy(placement: Placement, state: DocumentState): Placed[] {
  const first = state.rows[0];
  const home = first === undefined ? null : shardOfDocument(placement, state.id, first.fields);
  return shardsOfId(placement, state.id).map((shard) => ({
    shard,
    home: home === null || shard === home,
    state: shard === home ? state : { ...state, rows: [] },
  }));
}

function applyPlaced(
  store: VectorStore,
  { layout, checkpoint }: Shards,
  placed: readonly Placed[],
  signal: AbortSignal,
): Promise<(number | null)[]> {
  const byShard = Map.groupBy(placed, ({ shard }) => shard);
  return Promise.all(
    allShards(layout).map((shard) => {
      const documents = byShard.get(shard);
      if (documents === undefined) return checkpoint.versions[shard] ?? null;
      const states = documents.map(({ state }) => state);
      return store.apply(layout, shard, states, signal);
    }),
  );
}
