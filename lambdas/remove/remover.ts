import { wantedMap, type CollectionRecord } from "../../shared/contracts/collection.ts";
import type { Clock } from "../../shared/std/clock.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { laidOut } from "../catalog/layout.ts";
import type { Held, Placements } from "../catalog/placements.ts";
import type { ResyncNotes } from "../ports/resync-notes.ts";
import type { Seals } from "../ports/seals.ts";
import type { Segments } from "../ports/segments.ts";
import type { StoreLayout, VectorStore } from "../ports/store.ts";
import type { WatchList } from "../ports/watch-list.ts";
import type { Applier } from "../replicate/applier.ts";
import type { SnapshotLibrary } from "../snapshot/snapshot-library.ts";

export interface RemoverDeps {
  readonly region: string;
  /** How many regions there are. */
  readonly regions: number;
  readonly seals: Pick<Seals, "tombstones" | "removed">;
  readonly catalog: Pick<Catalog, "forget">;
  readonly store: Pick<VectorStore, "drop">;
  readonly placements: Pick<Placements, "read">;
  readonly applier: Pick<Applier, "close">;
  /** Null where no answers are watched. */
  readonly watch: Pick<WatchList, "end"> | null;
  readonly notes: Pick<ResyncNotes, "asked" | "settle" | "spent" | "removeSpent">;
  readonly library: Pick<SnapshotLibrary, "list" | "remove" | "removeUnfinished">;
  readonly segments: Pick<Segments, "list" | "remove">;
  readonly clock: Clock;
  /** Hears of each collection of which something could not be removed; the next call tries again. */
  readonly onFailure: (collection: string, error: unknown) => void;
}

/** Of one call: the next one goes on. */
const SEGMENTS_MAX = 1_000;
/** No invocation lasts so long: whoever knew the collection when it was sealed here is gone. */
const INVOCATIONS_GONE_MS = 20 * 60_000;

/**
 * What becomes of a deleted collection in a region. At once it is shown to nobody; its tables, watch list and notes, and the snapshots
 * that nobody asked for, go once no read, move or resync that was under way can be at them.
 */
export class Remover {
  readonly #deps: RemoverDeps;

  constructor(deps: RemoverDeps) {
    this.#deps = deps;
  }

  /** By the sweep: also where the log can't be applied up to its seal. @throws Problem `log-unavailable` */
  async close(signal: AbortSignal): Promise<void> {
    const { seals, region, catalog, applier } = this.#deps;
    for (const { record, removedBy } of await seals.tombstones(signal)) {
      if (removedBy.includes(region)) continue;
      await this.#attempt(record, async () => {
        await catalog.forget(record, signal);
        await applier.close(record, signal);
      });
    }
  }

  /** By maintenance. @throws Problem `log-unavailable` */
  async remove(signal: AbortSignal): Promise<void> {
    const { seals, region, regions } = this.#deps;
    for (const { record, removedBy } of await seals.tombstones(signal))
      await this.#attempt(record, async () => {
        const { incarnation } = record;
        const removed = removedBy.includes(region) || (await this.#remove(record, signal));
        if (removed && (await seals.removed(incarnation, region, regions, signal)))
          await this.#removeSegments(incarnation, signal);
      });
  }

  /** Of a log that is gone: each call as long as there is a tombstone, so that what an interruption left goes too. */
  async #removeSegments(incarnation: string, signal: AbortSignal): Promise<void> {
    const { segments } = this.#deps;
    for (const { name } of await segments.list(incarnation, SEGMENTS_MAX, signal))
      await segments.remove(incarnation, name, signal);
  }

  /** @returns false where it is too early */
  async #remove(record: CollectionRecord, signal: AbortSignal): Promise<boolean> {
    const { placements, store, watch, notes, library, clock } = this.#deps;
    const { incarnation, tenant } = record;
    const held = await placements.read(record, signal);
    if (held.checkpoint !== null) {
      const { sealed } = held.checkpoint;
      if (sealed === undefined || clock.wallMs() - sealed.atMs < INVOCATIONS_GONE_MS) return false;
    }
    const spent = await notes.spent(incarnation, signal);
    for (const layout of layoutsOf(record, held, spent)) await store.drop(layout, signal);
    await watch?.end(incarnation, signal);
    const note = (await notes.asked(signal)).get(incarnation);
    if (note !== undefined) await notes.settle(incarnation, note, signal);
    for (const one of spent) await notes.removeSpent(incarnation, one, signal);
    await library.removeUnfinished(tenant, incarnation, signal);
    for (const { manifest } of await library.list(tenant, incarnation, signal, () => undefined))
      if (manifest.kind === "scheduled") await library.remove(tenant, manifest.id, signal);
    return true;
  }

  async #attempt(record: CollectionRecord, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#deps.onFailure(record.name, error);
    }
  }
}

/**
 * Every layout that the region may have of a collection, that which leads to the others last: whoever is interrupted finds them again.
 */
function layoutsOf(
  record: CollectionRecord,
  held: Held,
  spent: Awaited<ReturnType<ResyncNotes["spent"]>>,
): StoreLayout[] {
  const places = [{ map: wantedMap(record), tables: held.tables }, held, ...spent];
  const first = record.shardMaps.map((map) => ({ map, tables: 0 })).toReversed();
  const layouts = [...places, ...first].map(
    ({ map, tables }) => laidOut(record, map, tables).layout,
  );
  const last = layouts.at(-1)?.key;
  const byKey = new Map(layouts.map((layout) => [layout.key, layout]));
  return [...byKey.values()].sort((a, b) => Number(a.key === last) - Number(b.key === last));
}
