import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { LogSample } from "../../shared/domain/log-clock.ts";
import { originPoint, type Point } from "../../shared/domain/point.ts";
import {
  allShards,
  shardOfDocument,
  shardsOfId,
  type Placement,
} from "../../shared/domain/shard-map.ts";
import type { Clock } from "../../shared/std/clock.ts";
import type { Lying } from "../catalog/layout.ts";
import type { Held, Placements } from "../catalog/placements.ts";
import type { Lease } from "../ports/leases.ts";
import type { DocumentState, StoreLayout, VectorStore } from "../ports/store.ts";
import type { WriteLog } from "../ports/write-log.ts";
import type { Applied } from "../watch/keeper.ts";
import {
  followLine,
  idsToCompare,
  judge,
  LineBroken,
  readEntries,
  type ReadEntry,
} from "./judge.ts";
import { LayoutBehind, untilSchema } from "./schema-entry.ts";
import { begunBefore, hasCondition, unfilledAfter, verdictsAfter } from "./verdicts.ts";

export interface LineDeps {
  readonly log: WriteLog;
  readonly store: VectorStore;
  readonly placements: Placements;
  readonly clock: Clock;
  /** Hears of each log reading, so that one read serves freshness too. */
  readonly onSample: (record: CollectionRecord, sample: LogSample) => void;
}

/** Hears of each step of a line once the checkpoint has it, also where nothing was left to apply. */
export type OnApplied = (applied: Applied, signal: AbortSignal) => Promise<void>;

/** Data that can be applied to: it has a checkpoint. */
export type Holding = Held & { readonly checkpoint: Checkpoint };

/**
 * Applies the log to one layout, until its end as it was read once after this call.
 *
 * @param from fenced by the lease
 * @returns with the checkpoint then; `confirmed` is the time of that reading, also where the stored one has an older
 * @throws LineBroken; LayoutBehind where the next entry is for another layout; Error where the checkpoint was taken by another holder
 */
export async function applyLine(
  deps: LineDeps,
  from: Holding,
  signal: AbortSignal,
  onApplied: OnApplied = async () => undefined,
): Promise<{ readonly stored: Holding; readonly confirmed: Checkpoint["confirmed"] }> {
  const { log, clock } = deps;
  let stored = from;
  for (;;) {
    const { checkpoint } = stored;
    const sentMs = clock.monotonicMs();
    const {
      entries: pulled,
      head,
      now,
    } = await log.pull(from.record, checkpoint.point.position + 1, signal);
    deps.onSample(from.record, { at: now, sentMs });
    const read = begunBefore(
      checkpoint,
      untilSchema(readEntries(pulled), from.record.schemaVersion),
    );
    const entries = pulled.slice(0, read.length);
    if (entries.length === 0 && pulled.length > 0) throw new LayoutBehind(from.map.version);
    const point = followLine(checkpoint.point, entries);
    const applied = await applyEntries(deps, stored, read, point, signal);
    const level = point.position === head.position && point.chain === head.chain;
    const newest = entries.at(-1);
    const confirmed = level ? now : newest === undefined ? checkpoint.confirmed : newest.at;
    stored =
      entries.length === 0
        ? applied.holding
        : await advance(
            deps.store,
            applied.holding,
            { point, confirmed, ...applied.change, unfilled: unfilledAfter(checkpoint, read) },
            signal,
          );
    await onApplied({ from: checkpoint.point, to: { point, confirmed }, entries: read }, signal);
    if (level) return { stored, confirmed };
    if (entries.length === 0)
      throw new Error(
        `the log's head is past position ${point.position}, but it holds nothing there`,
      );
  }
}

/** @returns what the checkpoint then says of it, beside the point */
async function applyEntries(
  { store, placements }: LineDeps,
  begun: Holding,
  entries: readonly ReadEntry[],
  point: Point,
  signal: AbortSignal,
): Promise<{
  readonly holding: Holding;
  readonly change: Pick<Checkpoint, "versions" | "verdicts" | "intent">;
}> {
  const { record, map, checkpoint } = begun;
  const placement = placements.placement(record, map);
  const { intent } = checkpoint;
  if (intent?.to === point.position && intent.chain !== point.chain)
    throw new LineBroken(`what was begun up to position ${intent.to} is not on the log's line`);
  const positions = await storedPositions(store, begun, placement, idsToCompare(entries), signal);
  const known = intent === undefined ? null : new Set(intent.refused);
  const { states, refused } = judge(record, entries, positions, known);
  // An engine that pins no view shows the rows of this very write to whoever judges it again.
  const holding =
    intent === undefined && hasCondition(entries) && !store.traits.snapshotReads
      ? await advance(
          store,
          begun,
          { intent: { to: point.position, chain: point.chain, refused: [...refused] } },
          signal,
        )
      : begun;
  const versions = await applyStates(store, holding, placement, states, "moving", signal);
  const verdicts = verdictsAfter(checkpoint, entries, refused);
  const finished = intent === undefined || intent.to <= point.position;
  return { holding, change: { versions, verdicts, intent: finished ? undefined : intent } };
}

/** Positions of documents at the checkpoint; where the engine pins no view, of what was written since too, which only an entry that is applied again meets. */
async function storedPositions(
  store: VectorStore,
  { layout, checkpoint }: Holding,
  placement: Placement,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const positions = new Map<string, number>();
  if (ids.length === 0) return positions;
  const view = await store.openView(layout, checkpoint, signal);
  const byShard = Map.groupBy(
    ids.flatMap((id) => shardsOfId(placement, id).map((shard) => ({ shard, id }))),
    ({ shard }) => shard,
  );
  for (const [shard, asked] of byShard) {
    const of = asked.map(({ id }) => id);
    for (const { id, position } of await view.documents(shard, of, { vectors: false }, signal))
      // Rows of two positions: a write was cut off between them, and it is about to be repeated.
      positions.set(id, Math.min(position, positions.get(id) ?? position));
  }
  return positions;
}

/**
 * The holder's first act: from now on no older holder can move the checkpoint.
 * @returns null where there is no checkpoint yet
 * @throws Error where a newer holder has been here, or the checkpoint moves meanwhile
 */
export async function fenceOff(
  store: VectorStore,
  held: Held,
  lease: Lease,
  signal: AbortSignal,
): Promise<Holding | null> {
  const { checkpoint } = held;
  if (checkpoint === null) return null;
  // A lease that ended while its holder stood still: another holder has been here since.
  if (checkpoint.fence >= lease.fence)
    throw new Error(`fence ${lease.fence} is behind the checkpoint's ${checkpoint.fence}`);
  return advance(store, { ...held, checkpoint }, { fence: lease.fence }, signal);
}

/** Makes a layout, with a checkpoint of nothing, or of what another layout's says. */
export async function beginLayout(
  store: VectorStore,
  lies: Lying,
  first: Pick<Checkpoint, "fence"> & Partial<Checkpoint>,
  signal: AbortSignal,
): Promise<Holding> {
  const { record, map, layout } = lies;
  await store.prepare(layout, signal);
  const checkpoint: Checkpoint = {
    incarnation: record.incarnation,
    point: originPoint(record.incarnation, record.term),
    confirmed: null,
    ...(map.fills === undefined ? {} : { unfilled: map.fills }),
    ...first,
    versions: await versionsOf(store, layout, signal),
  };
  if (!(await store.writeCheckpoint(layout, null, checkpoint, signal)))
    throw new Error("another holder made the first checkpoint");
  return { ...lies, checkpoint };
}

/** Moves a checkpoint on, by compare-and-set. */
export async function advance(
  store: VectorStore,
  holding: Holding,
  change: Partial<Checkpoint>,
  signal: AbortSignal,
): Promise<Holding> {
  const { layout, checkpoint } = holding;
  const next = { ...checkpoint, ...change };
  if (await store.writeCheckpoint(layout, checkpoint, next, signal))
    return { ...holding, checkpoint: next };
  throw new Error(`the checkpoint moved under fence ${checkpoint.fence}`);
}

/** Each shard's version: an apply of nothing tells it. */
export function versionsOf(
  store: VectorStore,
  layout: StoreLayout,
  signal: AbortSignal,
): Promise<(number | null)[]> {
  return Promise.all(allShards(layout).map((shard) => store.apply(layout, shard, [], signal)));
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
  holding: Holding,
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
  { layout, checkpoint }: Holding,
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
