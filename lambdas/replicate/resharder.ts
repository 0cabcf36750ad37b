import { wantedMap, type CollectionRecord } from "../../shared/contracts/collection.ts";
import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { required } from "../../shared/std/assert.ts";
import type { Sleep } from "../../shared/std/clock.ts";
import { laidOut, type LaidOut } from "../catalog/layout.ts";
import type { Held } from "../catalog/placements.ts";
import { readPage, type StoredDocument } from "../document/stored-document.ts";
import type { Lease, Leases } from "../ports/leases.ts";
import type { DocumentState } from "../ports/store.ts";
import type { Applier } from "./applier.ts";
import {
  advance,
  applyLine,
  beginLayout,
  fenceOff,
  type Holding,
  type LineDeps,
} from "./apply-line.ts";
import { applyStates } from "./apply-states.ts";
import { holdLease } from "./hold-lease.ts";
import { indexedText } from "./judge.ts";
import { VerdictsForgotten } from "./verdicts.ts";
import type { Turns } from "./turns.ts";

export interface ResharderDeps extends LineDeps {
  readonly applier: Applier;
  readonly leases: Leases;
  readonly sleep: Sleep;
  readonly turns: Turns;
  /** Documents copied between two checkpoints, >= 1: what a crash repeats, and what is in memory at once. */
  readonly pageDocuments: number;
}

/** No read of an old layout lasts this long. */
const READERS_GONE_MS = 2 * LIMITS.deadlineMsMax;
const RETIRED_MAX = 1_000;

/**
 * Moves a region's copy of a collection to another shard map while it is read and written: fills the shards of the new map from
 * those of the old one as they are, applies what the log has since, and switches over. Where it was interrupted it goes on.
 *
 * What is copied may be newer than the point that the new layout begins at, and where the engine pins no view it may be torn. It
 * is stamped as no newer than that point, so that the log, applied from there on, replaces all of it.
 */
export class Resharder {
  readonly #deps: ResharderDeps;
  /** Layouts of which nothing is left but the checkpoint that leads on. */
  readonly #retired = new Set<string>();

  constructor(deps: ResharderDeps) {
    this.#deps = deps;
  }

  /** Whether there is anything to do is cheap to ask; another holder's work is left to it. @throws what interrupts it */
  async advance(record: CollectionRecord, signal: AbortSignal): Promise<void> {
    const held = await this.#deps.placements.read(record, signal);
    if (held.checkpoint !== null && held.map.version < wantedMap(record).version)
      await this.#move(record, { ...held, checkpoint: held.checkpoint }, signal);
    else await this.#retire(record, held, signal);
  }

  async #move(record: CollectionRecord, old: Holding, signal: AbortSignal): Promise<void> {
    const { store, leases, sleep } = this.#deps;
    const map = wantedMap(record);
    // New tables of a resync have shards of their own too: those of before may hold what it left behind.
    const laid = laidOut(record, map, old.tables);
    const { layout } = laid;
    const seen = (await store.readCheckpoint(layout, signal))?.fence ?? 0;
    const lease = await leases.acquire(`${record.incarnation}/${map.version}`, seen, signal);
    if (lease === null) return;
    await holdLease(lease, sleep, signal, (ours) => this.#moveTo(record, old, laid, lease, ours));
  }

  async #moveTo(
    record: CollectionRecord,
    old: Holding,
    laid: LaidOut,
    lease: Lease,
    signal: AbortSignal,
  ): Promise<void> {
    const { store, applier } = this.#deps;
    const { layout } = laid;
    const checkpoint = await store.readCheckpoint(layout, signal);
    const first = { fence: lease.fence, filling: from(old.map.version) };
    try {
      const begun =
        (await fenceOff(store, { ...laid, checkpoint }, lease, signal)) ??
        (await beginLayout(store, laid, old, first, signal));
      const filled = await this.#fill(record, begun, signal);
      await this.#index(record, filled, signal);
      await applier.move(record, laid, signal);
    } catch (error) {
      if (!(error instanceof VerdictsForgotten)) throw error;
      await store.drop(layout, signal); // The next call begins anew, at a later point.
    }
  }

  async #fill(record: CollectionRecord, begun: Holding, signal: AbortSignal): Promise<Holding> {
    const { store, placements, turns, pageDocuments } = this.#deps;
    const placement = placements.placement(record, begun.map);
    let holding = begun;
    for (;;) {
      const { filling } = holding.checkpoint;
      if (filling === undefined) return holding;
      const source = await placements.read(record, signal);
      const { map, layout, checkpoint } = source;
      if (map.version >= holding.map.version || source.tables !== holding.tables)
        throw new Error("the region has moved on meanwhile");
      if (map.version !== filling.of) {
        // The old shards have moved themselves: their numbers mean something else now.
        holding = await advance(store, holding, { filling: from(map.version) }, signal);
        continue;
      }
      if (checkpoint === null || filling.shard >= layout.shards) {
        const { filling: _, ...whole } = holding.checkpoint;
        if (!(await store.writeCheckpoint(holding.layout, holding.checkpoint, whole, signal)))
          throw new Error("another holder has filled the shards");
        return { ...holding, checkpoint: whole };
      }
      const filled = holding;
      const copyPage = async () => {
        const view = await store.openView(layout, checkpoint, signal);
        const { position } = filled.checkpoint.point;
        const { shard, after } = filling;
        const page = await readPage(view, shard, after, pageDocuments, signal);
        const states = page.documents.map((one) => copyOf(filled, source, one, position));
        const copied = filling.copied + states.length;
        const at =
          page.next === null ? { shard: shard + 1, after: null } : { shard, after: page.next };
        const next = { of: filling.of, ...at, copied };
        const versions = await applyStates(store, filled, placement, states, "home", signal);
        return advance(store, filled, { versions, filling: next }, signal);
      };
      holding = await turns.take(holding.layout.key, copyPage, signal);
    }
  }

  /** Indexes first, beside the readers of the old layout; then all that was written meanwhile, so that little is left to move under the lease. */
  async #index(record: CollectionRecord, filled: Holding, signal: AbortSignal): Promise<void> {
    const { store, placements } = this.#deps;
    const versions: (number | null)[] = [];
    for (const shard of filled.checkpoint.versions.keys())
      versions.push(await store.maintain(filled.layout, shard, signal));
    const indexed = await advance(store, filled, { versions }, signal);
    const source = async () =>
      required((await placements.read(record, signal)).checkpoint, "what is copied is held");
    await applyLine(this.#deps, indexed, signal, { source });
  }

  /** Removes the data of the layouts that the region has left, once nobody can be reading them. */
  async #retire(
    record: CollectionRecord,
    { map, tables }: Held,
    signal: AbortSignal,
  ): Promise<void> {
    const { store, clock } = this.#deps;
    // Tables of a resync are on maps of all ages.
    const left = record.shardMaps.filter(({ version }) => version < map.version || tables > 0);
    for (const old of left) {
      const { layout } = laidOut(record, old);
      if (this.#retired.has(layout.key)) continue;
      const checkpoint = await store.readCheckpoint(layout, signal);
      const moved = checkpoint?.moved;
      if (moved !== undefined && clock.wallMs() - moved.atMs < READERS_GONE_MS) continue;
      // One that was never moved from was being filled when another map was wanted, and nobody reads it.
      if (checkpoint !== null) await store.retire(layout, signal);
      if (this.#retired.size >= RETIRED_MAX) this.#retired.clear();
      this.#retired.add(layout.key);
    }
  }
}

type Filling = NonNullable<Checkpoint["filling"]>;

/** The beginning of the shards of a map of that version. */
function from(version: number): Filling {
  return { of: version, shard: 0, after: null, copied: 0 };
}

/**
 * A document as it lies on the shards of another map: with the vectors of those spaces that are the same there, by name and by
 * the schema version that they count from.
 */
function copyOf(
  { collection }: LaidOut,
  source: LaidOut,
  { id, position, rows }: StoredDocument,
  positionMax: number,
): DocumentState {
  const kept = Object.entries(collection.spaces).map(([name, { since }]): [string, boolean] => {
    const before = source.collection.spaces[name];
    return [name, before !== undefined && before.since === since];
  });
  return {
    id,
    position: Math.min(positionMax, position),
    rows: rows.map(({ row: { passage, body, fields, vectors }, body: read }) => ({
      passage,
      body,
      fields,
      vectors: Object.fromEntries(
        kept.map(([name, same]) => [name, same ? (vectors[name] ?? null) : null]),
      ),
      ...indexedText(collection, read),
    })),
  };
}
