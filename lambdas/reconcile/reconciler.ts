import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { Point } from "../../shared/domain/point.ts";
import type { Clock, Sleep } from "../../shared/std/clock.ts";
import type { Held } from "../catalog/placements.ts";
import type { Leases } from "../ports/leases.ts";
import type { PrimaryContent } from "../ports/primary-content.ts";
import type { Comparison, RegionCache } from "../ports/region-cache.ts";
import type { ResyncNotes } from "../ports/resync-notes.ts";
import { holdLease } from "../replicate/hold-lease.ts";
import { contentPart, type ContentPartDeps } from "./content-part.ts";
import { isDue } from "./is-due.ts";
import { wholeContent, type WholeContent } from "./whole-content.ts";

/** A copy that is not what the primary shows at the same point. */
export interface Difference {
  readonly primary: string;
  readonly position: number;
  readonly documents: number;
  readonly primaryDocuments: number;
  /** It was built anew because of that, and still differs: so the primary's own copy, or what makes copies, is to be looked at. */
  readonly rebuilt: boolean;
}

export interface ReconcilerDeps extends ContentPartDeps {
  readonly region: string;
  readonly primaryContent: PrimaryContent;
  readonly cache: Pick<RegionCache, "comparison" | "keepComparison">;
  readonly notes: Pick<ResyncNotes, "ask">;
  /** The region's own: one of its processes at a time. */
  readonly leases: Leases;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly everyMs: number;
  readonly onDiffering: (collection: string, difference: Difference) => void;
}

/** Of one run: where writes go on, both may be at one point a moment later. */
const TRIES = 3;
const TRY_AGAIN_MS = 1_000;

/**
 * Compares this region's copies with the primaries', by count and content digest at one point. A copy that differs is built anew;
 * the primary never is because of another's copy. A copy that differs still once it was built anew is only told.
 */
export class Reconciler {
  readonly #deps: ReconcilerDeps;

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
  }

  /** Where it is due; another process's work is left to it. @throws what interrupts it */
  async reconcile(record: CollectionRecord, signal: AbortSignal): Promise<void> {
    const { region, leases, sleep } = this.#deps;
    if (record.primary === region || !(await this.#due(record, signal))) return;
    const lease = await leases.acquire(`${record.incarnation}/reconcile`, 0, signal);
    if (lease === null) return;
    await holdLease(lease, sleep, signal, async (ours) => {
      const due = await this.#due(record, ours); // Another process may have done it a moment ago.
      if (due !== null) await this.#compare(record, due, ours);
    });
  }

  /** @returns what is held and what is known of it; null where nothing is to be done now */
  async #due(record: CollectionRecord, signal: AbortSignal) {
    const { placements, cache, clock, everyMs } = this.#deps;
    const held = await placements.read(record, signal);
    if (held.checkpoint === null) return null;
    const known = await cache.comparison(record.incarnation, signal);
    const { position } = held.checkpoint.point;
    const due = isDue(known, { position, tables: held.tables }, everyMs, clock.wallMs());
    return due ? { position, tables: held.tables, known } : null;
  }

  async #compare(
    record: CollectionRecord,
    { position, tables, known }: { position: number; tables: number; known: Comparison | null },
    signal: AbortSignal,
  ): Promise<void> {
    const { cache, clock, sleep } = this.#deps;
    const rebuilt =
      known !== null && (known.rebuilt || (known.verdict === "differs" && known.tables !== tables));
    const keep = (verdict: Comparison["verdict"], at: number, of: number, again: boolean) => {
      const comparison = { verdict, position: at, atMs: clock.wallMs(), tables: of };
      return cache.keepComparison(record.incarnation, { ...comparison, rebuilt: again }, signal);
    };
    for (let tries = 0; tries < TRIES; tries++) {
      if (tries > 0) await sleep(TRY_AGAIN_MS, signal);
      const found = await this.#both(record, signal);
      if (found === null) continue;
      const { own, primary, held, point } = found;
      const agrees = own.digest === primary.digest && own.documents === primary.documents;
      await keep(agrees ? "agrees" : "differs", point.position, held.tables, rebuilt && !agrees);
      if (!agrees) await this.#differs(record, found, rebuilt, signal);
      return;
    }
    // What was found before is not undone by not finding anything now.
    if (known?.verdict !== "differs") await keep("unknown", position, tables, rebuilt);
  }

  async #differs(
    record: CollectionRecord,
    { own, primary, point }: Both,
    rebuilt: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const { notes, onDiffering } = this.#deps;
    const counts = { documents: own.documents, primaryDocuments: primary.documents };
    const { position } = point;
    onDiffering(record.name, { primary: record.primary, position, ...counts, rebuilt });
    if (rebuilt) return;
    const why = `at position ${position} it is not what ${record.primary} shows`;
    await notes.ask(record.incarnation, "content", why, signal);
  }

  /** Both copies at one point, read at the same time; null where they are not at one, or of one schema. */
  async #both(record: CollectionRecord, signal: AbortSignal): Promise<Both | null> {
    const { placements, primaryContent } = this.#deps;
    const held = await placements.read(record, signal);
    const point = held.checkpoint?.point;
    if (point === undefined) return null;
    const inVain = new AbortController();
    const either = AbortSignal.any([signal, inVain.signal]);
    const read = (reading: Parameters<typeof wholeContent>[0]) =>
      wholeContent(reading).then((content) => {
        if (content === null) inVain.abort();
        return content;
      });
    const [own, primary] = await Promise.all([
      read((from) => contentPart(this.#deps, record, point, from, either)),
      read((from) => primaryContent.part(record, point, from, either)),
    ]).catch((error: unknown) => {
      if (!inVain.signal.aborted || signal.aborted) throw error;
      return [null, null];
    });
    if (own === null || primary === null || own.schemaVersion !== primary.schemaVersion)
      return null;
    return { own, primary, held, point };
  }
}

interface Both {
  readonly own: WholeContent;
  readonly primary: WholeContent;
  readonly held: Held;
  readonly point: Point;
}
