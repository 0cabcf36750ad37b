import { RegionEnv } from "../shared/contracts/region-env.ts";
import { ExtractiveGenerator } from "./adapters/extractive-generator.ts";
import { openRoom } from "./adapters/open-room.ts";
import { openStore } from "./adapters/open-store.ts";
import { systemClock } from "./adapters/system-clock.ts";
import type { AnswerDeps } from "./answer/answer.ts";
import { probe } from "./compose-probe.ts";
import { report } from "./compose-report.ts";
import { PART_DOCUMENTS } from "./compose-checks.ts";
import { Maintainer } from "./maintain/maintainer.ts";
import type { VectorStore } from "./ports/store.ts";
import type { LookDeps } from "./promote/answer-look.ts";
import type { Failover } from "./promote/failover.ts";
import type { PromoteDeps } from "./promote/promote-collection.ts";
import type { AnswerContentDeps } from "./reconcile/answer-content.ts";
import { LineBroken } from "./replicate/judge.ts";
import { Replicator } from "./replicate/replicate.ts";
import type { SearchDeps } from "./search/search.ts";
import type { AskDeps } from "./snapshot/ask-for-job.ts";
import type { DeleteDeps as DeleteSnapshotDeps } from "./snapshot/delete-snapshot.ts";
import type { AliasDeps } from "./write/change-alias.ts";
import type { DeleteDeps } from "./write/delete-collection.ts";
import { openRegion, type Region } from "./compose-region.ts";

export async function composeSearch(): Promise<SearchDeps & Pick<Region, "admit" | "admission">> {
  const region = await openRegion();
  return {
    ...readDeps(region),
    region: region.env.NEARFIELD_REGION,
    catalog: region.catalog,
    aliases: region.aliases,
    aliasRegister: region.aliasRegister,
    placements: region.placements,
    blobs: region.blobs,
    probe: probeOf(region),
    room: region.room,
    library: region.snapshots.library,
    jobs: region.snapshots.jobs,
    content: region.snapshots.content,
    admit: region.admit,
    admission: region.admission,
  };
}

export async function composeAnswer(): Promise<
  AnswerDeps & Pick<Region, "catalog" | "aliases" | "admit" | "admission">
> {
  const region = await openRegion();
  return {
    ...readDeps(region),
    catalog: region.catalog,
    aliases: region.aliases,
    generator: new ExtractiveGenerator(region.embedder),
    admit: region.admit,
    admission: region.admission,
  };
}

export async function composeWrite(): Promise<
  DeleteDeps &
    AliasDeps &
    PromoteDeps &
    AskDeps &
    DeleteSnapshotDeps &
    Pick<Region, "admit" | "writeAdmission">
> {
  const region = await openRegion();
  const { jobs, library, upkeep, leases } = region.snapshots;
  const { env, catalog, placements, log, applier, store, bell, cache, embedder, blobs } = region;
  return {
    room: region.room,
    region: env.NEARFIELD_REGION,
    catalog,
    placements,
    log,
    applier,
    store,
    bell,
    embedder,
    cache,
    blobs,
    promoter: region.promoting.promoter,
    seals: region.removing.seals,
    aliasRegister: region.aliasRegister,
    random: Math.random,
    clock: region.clock,
    jobs,
    library,
    upkeep,
    leases,
    sleep: region.sleep,
    admit: region.admit,
    writeAdmission: region.writeAdmission,
  };
}

/** A shard reader: the store alone. */
export async function composeShard(): Promise<VectorStore> {
  const env = RegionEnv.parse(process.env);
  return openStore(env, openRoom(env, systemClock().monotonicMs));
}

export async function composeReplicate(): Promise<{
  readonly replicator: Replicator;
  readonly failover: Failover | null;
  readonly look: LookDeps;
  readonly content: AnswerContentDeps;
}> {
  const region = await openRegion();
  const { env, clock, catalog, log, placements, applier, promoting, snapshots, store } = region;
  const { failover, silence } = promoting;
  const { upkeep, notes } = snapshots;
  return {
    replicator: new Replicator({
      region: env.NEARFIELD_REGION,
      upkeep,
      notes,
      nowMs: () => clock.monotonicMs(),
      catalog,
      log,
      placements,
      applier,
      remover: region.removing.remover,
      onFailure: ({ name, incarnation }, error) => {
        report("replicate-failed", { collection: name, error });
        if (error instanceof LineBroken) failover?.suspect(incarnation);
      },
    }),
    failover,
    look: { region: env.NEARFIELD_REGION, catalog, placements, silence },
    content: {
      region: env.NEARFIELD_REGION,
      catalog,
      placements,
      applier,
      store,
      partDocuments: PART_DOCUMENTS,
    },
  };
}

export async function composeMaintain(): Promise<Maintainer> {
  const region = await openRegion();
  const { catalog, log, applier, resharder, filler, snapshots, checks, removing } = region;
  const { resyncer, notes, keeper, segmentKeeper, runner } = snapshots;
  return new Maintainer({
    ...checks,
    resyncer,
    notes,
    snapshots: keeper,
    segments: segmentKeeper,
    jobs: runner,
    remover: removing.remover,
    catalog,
    log,
    applier,
    resharder,
    filler,
    onFailure: (collection, error) => report("maintain-failed", { collection, error }),
  });
}

function readDeps({ reader, embedder, cache, clock, centroids, registrar }: Region) {
  return {
    reader,
    embedder,
    reranker: embedder,
    centroids,
    registrar,
    cache,
    clock,
    onLegFailed: (collection: string, shard: number, error: unknown) =>
      report("leg-failed", { collection, shard, error }),
  };
}

/** For /v1/status. */
function probeOf({ log, embedder, cache }: Region): SearchDeps["probe"] {
  const asks = {
    log: (signal: AbortSignal) => log.collections(signal),
    embedder: (signal: AbortSignal) => embedder.model("text", signal),
    redis: (signal: AbortSignal) => cache.ping(signal),
  };
  return (signal) => probe(asks, signal);
}
