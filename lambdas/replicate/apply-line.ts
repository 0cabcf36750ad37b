import { lineOf, type Checkpoint } from "../../shared/contracts/checkpoint.ts";
import type { LaidOutCollection } from "../../shared/contracts/collection.ts";
import { confirmedBy, logNow, stalenessMs, type LogSample } from "../../shared/domain/log-clock.ts";
import { lineAfter, type Line } from "../../shared/domain/line.ts";
import { FIRST_TERM, originPoint, type Point } from "../../shared/domain/point.ts";
import { allShards, shardsOfId, type Placement } from "../../shared/domain/shard-map.ts";
import type { Clock } from "../../shared/std/clock.ts";
import type { LaidOut } from "../catalog/layout.ts";
import type { Held, Placements } from "../catalog/placements.ts";
import type { Lease } from "../ports/leases.ts";
import type { StoreLayout, VectorStore } from "../ports/store.ts";
import type { LoggedEntry, WriteLog } from "../ports/write-log.ts";
import type { Applied } from "../watch/keeper.ts";
import { applyStates } from "./apply-states.ts";
import {
  followLine,
  idsToCompare,
  judge,
  LineBroken,
  readEntries,
  type Judging,
  type ReadEntry,
} from "./judge.ts";
import { LayoutBehind, unfilledAfter, unfilledAtFirst, untilSchema } from "./schema-entry.ts";
import { begunBefore, hasCondition, verdictsAfter, verdictsOf } from "./verdicts.ts";

export interface LineDeps {
  readonly log: WriteLog;
  readonly store: VectorStore;
  readonly placements: Placements;
  readonly clock: Clock;
  /** Hears of each log reading, so that one read serves freshness too. */
  readonly onSample: (collection: LaidOutCollection, sample: LogSample) => void;
  /** Hears of each entry that was parked, once it is stepped over. */
  readonly onParked: (
    collection: LaidOutCollection,
    entry: Pick<LoggedEntry, "position" | "digest">,
  ) => void;
}

/** A step of a line, with how long each entry took from its append until here, ms: of those whose times can be compared. */
export type AppliedStep = Applied & { readonly lagsMs: readonly number[] };

/** Hears of each step of a line once the checkpoint has it, also where nothing was left to apply. */
export type OnApplied = (applied: AppliedStep, signal: AbortSignal) => Promise<void>;

export interface LineOptions {
  /** Of a copy: the checkpoint of the shards that it was made from, as it is now. Up to its point their verdicts count. */
  readonly source?: () => Promise<Checkpoint>;
  readonly onApplied?: OnApplied;
}

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
  { source, onApplied = async () => undefined }: LineOptions = {},
): Promise<{ readonly stored: Holding; readonly confirmed: Checkpoint["confirmed"] }> {
  const { log, clock } = deps;
  let stored = from;
  for (;;) {
    const { checkpoint } = stored;
    const sentMs = clock.monotonicMs();
    const reading = await log.pull(from.collection, checkpoint.point.position + 1, signal);
    const { entries: pulled, head, now, start } = reading;
    deps.onSample(from.collection, { at: now, sentMs });
    if (start > checkpoint.point.position + 1)
      throw new LineBroken(
        `the log begins at position ${start}, behind ${checkpoint.point.position}`,
      );
    const read = begunBefore(
      checkpoint,
      untilSchema(readEntries(pulled), from.collection.schemaVersion),
    );
    const entries = pulled.slice(0, read.length);
    if (entries.length === 0 && pulled.length > 0) throw new LayoutBehind(from.map.version);
    const point = followLine(checkpoint.point, entries);
    const judged = source === undefined ? () => null : verdictsOf(await source());
    const applied = await applyEntries(deps, stored, read, point, judged, signal);
    const level = point.position === head.position && point.chain === head.chain;
    const newest = entries.at(-1);
    const confirmed = level
      ? confirmedBy(reading)
      : newest === undefined
        ? checkpoint.confirmed
        : newest.at;
    stored =
      entries.length === 0
        ? applied.holding
        : await advance(
            deps.store,
            applied.holding,
            {
              point,
              confirmed,
              line: knownBy(lineAfter(lineOf(checkpoint), entries)),
              ...applied.change,
              unfilled: unfilledAfter(from, checkpoint, read),
              sealed: sealedAfter(checkpoint, read, clock.wallMs()),
            },
            signal,
          );
    for (const entry of entries)
      if (applied.parked.has(entry.position)) deps.onParked(from.collection, entry);
    const appliedAt = logNow({ at: now, sentMs }, clock.monotonicMs());
    const lagsMs = entries.flatMap(({ at }) => stalenessMs(at, appliedAt) ?? []);
    const to = { point, confirmed };
    const sealed = stored.checkpoint.sealed !== undefined;
    await onApplied({ from: checkpoint.point, to, entries: read, sealed, lagsMs }, signal);
    if (level) return { stored, confirmed };
    if (entries.length === 0) throw nothingFollows(point, head);
  }
}

function sealedAfter(
  { sealed }: Checkpoint,
  entries: readonly ReadEntry[],
  atMs: number,
): Checkpoint["sealed"] {
  return sealed ?? (entries.some(({ entry }) => entry.kind === "sealed") ? { atMs } : undefined);
}

/** The log's end is elsewhere, and no entry leads there. */
function nothingFollows(point: Point, head: Point): LineBroken {
  return new LineBroken(
    head.position > point.position
      ? `nothing of the log follows position ${point.position}`
      : `the log ends at position ${head.position}, and has lost ${point.position}`,
  );
}

/** @returns what the checkpoint then says of it, beside the point */
async function applyEntries(
  { store, placements }: LineDeps,
  begun: Holding,
  entries: readonly ReadEntry[],
  point: Point,
  judgedBefore: Judging["judged"],
  signal: AbortSignal,
): Promise<{
  readonly holding: Holding;
  readonly parked: ReadonlySet<number>;
  readonly change: Pick<Checkpoint, "versions" | "verdicts" | "intent" | "schema">;
}> {
  const { collection, map, checkpoint } = begun;
  const placement = placements.placement(collection, map);
  const { intent } = checkpoint;
  if (intent?.to === point.position && intent.chain !== point.chain)
    throw new LineBroken(`what was begun up to position ${intent.to} is not on the log's line`);
  const positions = await storedPositions(store, begun, placement, idsToCompare(entries), signal);
  const begunAt = (position: number) =>
    intent !== undefined && position <= intent.to ? !intent.refused.includes(position) : null;
  const { states, refused, parked, schema } = judge(
    {
      collection,
      schema: checkpoint.schema ?? 1,
      stored: positions,
      judged: (position) => begunAt(position) ?? judgedBefore(position),
    },
    entries,
  );
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
  const next = { versions, verdicts, intent: finished ? undefined : intent };
  const change = schema === 1 ? next : { ...next, schema };
  return { holding, parked: new Set(parked), change };
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

/**
 * Makes a layout, with a checkpoint of nothing, or of what it is copied from.
 *
 * @param source as it was when the copy was begun; null where the log is applied from its beginning
 */
export async function beginLayout(
  store: VectorStore,
  laid: LaidOut,
  source: Holding | null,
  first: Pick<Checkpoint, "fence" | "filling">,
  signal: AbortSignal,
): Promise<Holding> {
  const { collection, layout } = laid;
  await store.prepare(layout, signal);
  const unfilled = unfilledAtFirst(laid, source);
  const point = source?.checkpoint.point ?? originPoint(collection.incarnation, FIRST_TERM);
  const schema = source?.checkpoint.schema;
  const line = source === null ? { terms: [], recent: [] } : source.checkpoint.line;
  const checkpoint: Checkpoint = {
    incarnation: collection.incarnation,
    point,
    confirmed: source?.checkpoint.confirmed ?? null,
    // What is applied from here on is judged here; of what was before, the copied verdicts tell.
    verdicts: source?.checkpoint.verdicts ?? { since: point.position, refused: [] },
    ...(line === undefined ? {} : { line }),
    ...(schema === undefined ? {} : { schema }),
    ...(unfilled.length === 0 ? {} : { unfilled }),
    ...first,
    versions: await versionsOf(store, layout, signal),
  };
  if (!(await store.writeCheckpoint(layout, null, checkpoint, signal)))
    throw new Error("another holder made the first checkpoint");
  return { ...laid, checkpoint };
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

function knownBy({ terms, recent }: Line): NonNullable<Checkpoint["line"]> {
  return { terms: [...terms], recent: [...recent] };
}
