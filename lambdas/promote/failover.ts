import { LOOK_MAX, type LookResult } from "../../shared/contracts/region-event.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { Point } from "../../shared/domain/point.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { Placements } from "../catalog/placements.ts";
import type { Readings } from "../freshness/readings.ts";
import type { Peers } from "../ports/peers.ts";
import type { Inspection, Promotions } from "../ports/promotions.ts";
import type { LostExporter } from "./lost-exporter.ts";
import type { Promoter } from "./promoter.ts";
import { choosePrimary, isLost, type Report } from "./reports.ts";
import type { Silence } from "./silence.ts";

export interface FailoverDeps {
  readonly region: string;
  /** How long something has failed before the regions that can be asked decide without the others, ms. */
  readonly afterMs: number;
  readonly promotions: Pick<Promotions, "run" | "inspect">;
  readonly promoter: Pick<Promoter, "raise">;
  readonly catalog: Pick<Catalog, "all">;
  readonly placements: Pick<Placements, "read">;
  readonly readings: Pick<Readings, "keepOffLine">;
  readonly peers: Peers;
  readonly silence: Silence;
  readonly exporter: Pick<LostExporter, "keep">;
  /** A clock that never falls. */
  readonly nowMs: () => number;
  /** Hears of each collection that could not be looked after; the next look tries again. */
  readonly onFailure: (collection: string, error: unknown) => void;
}

/** `waits`: for the others, or for the region that was chosen. */
type Outcome = "stands" | "promoted" | "waits";

/** Collections that are looked at at the same time. */
const AT_ONCE = 8;
/** The region that was chosen has so many times `afterMs` to promote; then any does. */
const CHOSEN_WAITS = 3;
const SUSPECTS_MAX = 1_000;

/**
 * Watches the log and the primaries by schedule, and promotes where the log was restarted or has lost something, and where a primary
 * is silent, if the other regions see the same. The log is asked for its run alone as long as nothing has happened. Every region
 * watches; which of them promotes they conclude alike, and the term lets one of them.
 */
export class Failover {
  readonly #deps: FailoverDeps;
  /** The run of the log's engine in which every log was found standing. */
  #run: string | null = null;
  /** By incarnation: since when something is wrong. */
  readonly #wrongSinceMs = new Map<string, number>();
  readonly #suspects = new Set<string>();

  constructor(deps: FailoverDeps) {
    this.#deps = deps;
  }

  /** A collection whose line was found broken here: it is looked at next, though the log's run is the same. */
  suspect(incarnation: string): void {
    if (this.#suspects.size < SUSPECTS_MAX) this.#suspects.add(incarnation);
  }

  /** @returns how many collections are still to be promoted. @throws Problem `log-unavailable` */
  async look(signal: AbortSignal): Promise<number> {
    const { promotions, catalog, peers, silence, region, afterMs } = this.#deps;
    const heard = await peers.look([], signal);
    for (const one of heard) if (one !== null) silence.heard(one.region);
    const run = await promotions.run(signal);
    const others = peers.names.filter((name) => silence.isSilent(name, afterMs));
    if (run === this.#run && others.length === 0 && this.#suspects.size === 0) return 0;
    const records = (await catalog.all(signal)).filter(
      ({ incarnation, primary }) =>
        run !== this.#run ||
        this.#suspects.has(incarnation) ||
        (primary !== region && others.includes(primary)),
    );
    const outcomes: Outcome[] = [];
    for (let start = 0; start < records.length; start += LOOK_MAX)
      outcomes.push(...(await this.#lookAt(records.slice(start, start + LOOK_MAX), signal)));
    // What was promoted is looked at once more: whether this region holds what is lost by it.
    if (outcomes.every((outcome) => outcome === "stands")) this.#run = run;
    return outcomes.filter((outcome) => outcome === "waits").length;
  }

  async #lookAt(records: readonly CollectionRecord[], signal: AbortSignal): Promise<Outcome[]> {
    const looks = await this.#deps.peers.look(records, signal);
    const outcomes: Outcome[] = [];
    for (let start = 0; start < records.length; start += AT_ONCE) {
      const some = records.slice(start, start + AT_ONCE).map(async (record, i) => {
        try {
          return await this.#settle(record, start + i, looks, signal);
        } catch (error) {
          this.#deps.onFailure(record.name, error);
          return "waits";
        }
      });
      outcomes.push(...(await Promise.all(some)));
    }
    return outcomes;
  }

  async #settle(
    record: CollectionRecord,
    index: number,
    looks: readonly (LookResult | null)[],
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { region, promotions, promoter, placements } = this.#deps;
    const { incarnation } = record;
    // Before the log is looked at, as the others' words were: what is held then is in the log, or lost.
    const { checkpoint } = await placements.read(record, signal);
    const own = checkpoint?.point ?? null;
    const seen = await promotions.inspect(record, signal);
    if (seen === null) return "stands";
    const heard = looks.filter((look) => look !== null);
    const reports: Report[] = [
      { region, point: own },
      ...heard.map((look) => ({ region: look.region, point: look.held[index] ?? null })),
    ];
    if (!this.#isWrong(record, seen, reports, heard)) {
      this.#wrongSinceMs.delete(incarnation);
      this.#suspects.delete(incarnation);
      if (own !== null) await this.#putAside(record, own, seen, signal);
      return "stands";
    }
    if (!this.#agreed(record, reports)) return "waits";
    const chosen = choosePrimary(record, reports, seen);
    if (chosen !== region && !this.#overdue(incarnation, CHOSEN_WAITS)) return "waits";
    await promoter.raise(record, seen, reports, signal);
    return "promoted";
  }

  /** What this region holds and the log has not leaves its fresh reads, and is kept for whoever writes it again. */
  async #putAside(
    record: CollectionRecord,
    own: Point,
    seen: Inspection,
    signal: AbortSignal,
  ): Promise<void> {
    if (!isLost(own, seen)) return;
    this.#deps.readings.keepOffLine(record.incarnation, own);
    await this.#deps.exporter.keep(record, own, seen, signal);
  }

  #isWrong(
    { primary }: CollectionRecord,
    seen: Inspection,
    reports: readonly Report[],
    heard: readonly LookResult[],
  ): boolean {
    if (!seen.stands) return true;
    // A log that does not know that it has lost something: of its present term a region holds more than it has.
    const ahead = ({ point }: Report) =>
      point !== null && point.term === seen.term && isLost(point, seen);
    if (reports.some(ahead)) return true;
    const { region, silence, afterMs } = this.#deps;
    const isSilent = (ms: number | null | undefined) => typeof ms === "number" && ms >= afterMs;
    if (primary === region || !silence.isSilent(primary, afterMs)) return false;
    return heard.every(({ silentMs }) => isSilent(silentMs[primary]));
  }

  /** All regions have said what they hold, or enough of them long enough after: without more than half of them nothing is decided. */
  #agreed({ incarnation, primary }: CollectionRecord, reports: readonly Report[]): boolean {
    const { peers, silence, afterMs, nowMs } = this.#deps;
    const since = this.#wrongSinceMs.get(incarnation);
    if (since === undefined) this.#wrongSinceMs.set(incarnation, nowMs());
    const all = peers.names.length + 1;
    const waited = silence.isSilent(primary, afterMs) || this.#overdue(incarnation, 1);
    return reports.length === all || (reports.length * 2 > all && waited);
  }

  #overdue(incarnation: string, times: number): boolean {
    const { nowMs, afterMs } = this.#deps;
    const sinceMs = this.#wrongSinceMs.get(incarnation) ?? nowMs();
    return nowMs() - sinceMs >= times * afterMs;
  }
}
