import { UpstashAliases } from "../../lambdas/adapters/upstash-aliases.ts";
import { Aliases } from "../../lambdas/catalog/aliases.ts";
import { Catalog } from "../../lambdas/catalog/catalog.ts";
import { UpstashRegionCache } from "../../lambdas/adapters/upstash-region-cache.ts";
import { UpstashSeals } from "../../lambdas/adapters/upstash-seals.ts";
import { Reader } from "../../lambdas/freshness/reader.ts";
import { Readings } from "../../lambdas/freshness/readings.ts";
import { Remover } from "../../lambdas/remove/remover.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { Freshness } from "../../shared/contracts/region-event.ts";
import { smallSegments } from "../suites/small-segments.ts";
import { PRIMARY, type Instead, type SnapshotWorld } from "./snapshot-world.ts";

const deadline = () => AbortSignal.timeout(20_000);
const fails = (_: string, error: unknown) => {
  throw error;
};

/** A process of a region, newly started, with what reads collections and what removes them. */
export function startDeleting(world: SnapshotWorld, region: string, instead: Instead = {}) {
  const parts = world.start(region, instead);
  const { placements, applier, watch, notes, library } = parts;
  const store = instead.store ?? world.parts(region).store;
  const log = instead.log ?? world.log;
  const clock = {
    wallMs: () => Date.now() + world.laterMs,
    monotonicMs: () => performance.now(),
  };
  const cache = new UpstashRegionCache(world.redisOf(region), (error) => fails("", error));
  const catalog = new Catalog(log, cache, clock);
  const readings = new Readings(log, clock);
  const base = { region, store, placements, applier };
  const reader = new Reader({ ...base, readings, onUnavailable: () => undefined });
  const register = new UpstashAliases(world.redisOf(PRIMARY));
  const aliases = new Aliases(register, catalog, readings, clock);
  const seals = new UpstashSeals(world.redisOf(PRIMARY));
  const segments = smallSegments(world.blobs, clock.wallMs);
  const removing = { seals, catalog, watch, notes, library, segments, clock, regions: 2 };
  const remover = new Remover({ ...base, ...removing, onFailure: fails });
  return { ...parts, clock, catalog, aliases, register, readings, reader, seals, remover };
}

export type DeletingProcess = ReturnType<typeof startDeleting>;

/** Seals the world's collection, as a deletion does. @returns its last point, and when that was */
export async function sealed(world: SnapshotWorld) {
  const seals = new UpstashSeals(world.redisOf(PRIMARY));
  const outcome = await seals.seal(world.record, { to: null, held: null }, deadline());
  if (outcome.kind !== "sealed") throw new Error(`not sealed: ${outcome.kind}`);
  return outcome;
}

/** Reads at a level. @returns what the answer would be labelled with, or the code of the problem */
export async function read(
  { reader }: Pick<DeletingProcess, "reader">,
  record: CollectionRecord,
  freshness: Partial<Freshness> = {},
) {
  const asked = {
    consistency: "eventual",
    maxStalenessMs: 5_000,
    token: null,
    ...freshness,
  } as const;
  return reader.open(record, asked, deadline()).then(
    ({ served }) => served,
    (error: unknown) => {
      if (error instanceof Error && "code" in error) return String(error.code);
      throw error;
    },
  );
}
