import { LookResult, type ReplicateEvent } from "../../shared/contracts/region-event.ts";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import { UpstashPromotions } from "../../lambdas/adapters/upstash-promotions.ts";
import type { Catalog } from "../../lambdas/catalog/catalog.ts";
import type { Placements } from "../../lambdas/catalog/placements.ts";
import type { Readings } from "../../lambdas/freshness/readings.ts";
import type { Bell } from "../../lambdas/ports/bell.ts";
import type { Peers } from "../../lambdas/ports/peers.ts";
import type { VectorStore } from "../../lambdas/ports/store.ts";
import type { TermRegister } from "../../lambdas/ports/term-register.ts";
import { Failover } from "../../lambdas/promote/failover.ts";
import type { LostExporter } from "../../lambdas/promote/lost-exporter.ts";
import { Promoter } from "../../lambdas/promote/promoter.ts";
import { Silence } from "../../lambdas/promote/silence.ts";
import type { Applier } from "../../lambdas/replicate/applier.ts";

/** As the twin's. */
const AUTO_PROMOTE_AFTER_MS = 3_000;

/** Outside every process of the world, and never lost. */
export class SimulatedTermRegister implements TermRegister {
  readonly #terms = new Map<string, number>();

  async take(incarnation: string, above: number): Promise<number> {
    const term = Math.max(above, this.#terms.get(incarnation) ?? 0) + 1;
    this.#terms.set(incarnation, term);
    return term;
  }
}

/** The other regions, asked one by one; one that does not answer has said nothing. */
export function peersOver(
  names: readonly string[],
  ask: (region: string, event: ReplicateEvent, signal: AbortSignal) => Promise<object>,
): Peers {
  return {
    names,
    look: (collections, signal) => {
      const named = collections.map(({ tenant, name, incarnation }) => ({
        tenant,
        name,
        incarnation,
      }));
      const event = { op: "look" as const, collections: named };
      const looks = names.map((name) =>
        ask(name, event, signal).then(
          (reply) => LookResult.parse(reply),
          () => null,
        ),
      );
      return Promise.all(looks);
    },
  };
}

export interface PromotingDeps {
  readonly region: string;
  readonly logUrl: string;
  readonly terms: TermRegister;
  readonly peers: Peers;
  readonly catalog: Catalog;
  readonly placements: Placements;
  readonly applier: Applier;
  readonly readings: Readings;
  readonly store: VectorStore;
  readonly exporter: LostExporter;
  readonly bell: Bell;
  readonly nowMs: () => number;
  readonly report: (event: string, error: unknown) => void;
}

/** What watches the log and the primaries, wired as `lambdas/compose-promote.ts` does. */
export function openPromoting(deps: PromotingDeps) {
  const { region, catalog, placements, applier, readings, peers, bell, nowMs } = deps;
  const promotions = new UpstashPromotions(createUpstashClient(deps.logUrl, "token"));
  const silence = new Silence(peers.names, nowMs);
  const promoter = new Promoter({
    region,
    promotions,
    terms: deps.terms,
    catalog,
    placements,
    applier,
    peers,
    bell,
    onPromoted: ({ record }) => deps.report("promoted", `${record.name} ${record.term}`),
  });
  const failover = new Failover({
    region,
    afterMs: AUTO_PROMOTE_AFTER_MS,
    promotions,
    promoter,
    catalog,
    placements,
    readings,
    peers,
    silence,
    exporter: deps.exporter,
    nowMs,
    onFailure: (_, error) => deps.report("failover-failed", error),
  });
  return { failover, silence };
}
