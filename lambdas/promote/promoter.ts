import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { standingToHead } from "../../shared/domain/line.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { Placements } from "../catalog/placements.ts";
import type { Bell } from "../ports/bell.ts";
import type { Peers } from "../ports/peers.ts";
import type { Inspection, Promotions } from "../ports/promotions.ts";
import type { TermRegister } from "../ports/term-register.ts";
import type { Applier } from "../replicate/applier.ts";
import { lostEntries, type Report } from "./reports.ts";

/** A term that has begun. */
export interface Promoted {
  /** With the term, and its primary: this region. */
  readonly record: CollectionRecord;
  /** The primary before. */
  readonly from: string;
  /** Entries that a region holds and the log has not any more. */
  readonly lost: number;
}

export interface PromoterDeps {
  readonly region: string;
  readonly promotions: Promotions;
  readonly terms: TermRegister;
  readonly catalog: Catalog;
  readonly placements: Placements;
  readonly applier: Pick<Applier, "catchUp">;
  readonly peers: Peers;
  readonly bell: Pick<Bell, "ring">;
  /** Hears of each promotion; one that found entries lost is an alarm. */
  readonly onPromoted: (promoted: Promoted) => void;
}

/** Makes this region the primary of collections, in a new term. */
export class Promoter {
  readonly #deps: PromoterDeps;

  constructor(deps: PromoterDeps) {
    this.#deps = deps;
  }

  /**
   * @param planned only where nothing is lost by it: this region applies the log to its end first, and where the log was restarted
   *   every region has to say what it holds. Raising the term is what stops the old primary from accepting; what it accepted until
   *   then is in the log.
   * @throws Problem `promoting` where another one was first, `primary-unavailable` where a planned one would lose something or can't
   *   tell, `log-unavailable`
   */
  async promote(
    record: CollectionRecord,
    planned: boolean,
    signal: AbortSignal,
  ): Promise<Promoted> {
    const seen = await this.inspect(record, signal);
    const { reports, silent } = await this.reports(record, signal);
    if (planned) {
      if (seen.stands) await this.#drain(record, seen, signal);
      else if (silent.length > 0 || lostEntries(reports, seen) > 0)
        throw new Problem(
          "primary-unavailable",
          silent.length > 0
            ? `The log was restarted, and ${silent.join(", ")} can't be asked what they hold: promote with planned: false if that is to be risked.`
            : `The log has lost ${lostEntries(reports, seen)} entries: promote with planned: false to go on without them.`,
        );
    }
    return this.raise(record, seen, reports, signal);
  }

  /** @throws Problem `not-found` */
  async inspect(record: CollectionRecord, signal: AbortSignal): Promise<Inspection> {
    const seen = await this.#deps.promotions.inspect(record, signal);
    if (seen === null) throw new Problem("not-found", "The log holds no such collection.");
    return seen;
  }

  /** What each region holds, this one first, and which did not say. */
  async reports(
    record: CollectionRecord,
    signal: AbortSignal,
  ): Promise<{ readonly reports: readonly Report[]; readonly silent: readonly string[] }> {
    const { region, peers, placements } = this.#deps;
    const [own, looks] = await Promise.all([
      placements.read(record, signal),
      peers.look([record], signal),
    ]);
    const reports: Report[] = [{ region, point: own.checkpoint?.point ?? null }];
    for (const look of looks)
      if (look !== null) reports.push({ region: look.region, point: look.held[0] ?? null });
    const silent = peers.names.filter((_, i) => (looks[i] ?? null) === null);
    return { reports, silent };
  }

  /** Begins the next term, whatever the regions said. @throws as `promote` */
  async raise(
    record: CollectionRecord,
    seen: Inspection,
    reports: readonly Report[],
    signal: AbortSignal,
  ): Promise<Promoted> {
    const { region, promotions, terms, catalog, bell, onPromoted } = this.#deps;
    const { incarnation, tenant, name } = record;
    const known = reports.map(({ point }) => point?.term ?? 0);
    // Outside the log, and before it: the tail that it lost may have held its last promotion.
    const term = await terms.take(incarnation, Math.max(seen.term, record.term, ...known), signal);
    const next = { ...record, term, primary: region };
    const reading = await promotions.promote(record, { seenTerm: seen.term, next }, signal);
    if (reading === null)
      throw new Problem("promoting", "Another promotion or change was first; look again.");
    await catalog.remember(next, signal);
    const lost = lostEntries(reports, reading);
    const promoted = { record: next, from: record.primary, lost };
    onPromoted(promoted);
    bell.ring({ op: "ring", incarnation, tenant, name, point: reading.head });
    return promoted;
  }

  async #drain(record: CollectionRecord, seen: Inspection, signal: AbortSignal): Promise<void> {
    const { region, applier } = this.#deps;
    const { checkpoint } = await applier.catchUp(record, null, signal);
    if (
      checkpoint.point.position < seen.head.position ||
      standingToHead(checkpoint.point, seen) === "behind"
    )
      throw new Problem("primary-unavailable", `${region} has not applied the log to its end yet.`);
  }
}
