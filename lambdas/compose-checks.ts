import type { RegionEnv } from "../shared/contracts/region-env.ts";
import { LambdaPrimaryContent } from "./adapters/lambda-primary-content.ts";
import { functionOf, lambdaOf } from "./compose-functions.ts";
import { report } from "./compose-report.ts";
import type { DataScrub } from "./ports/data-scrub.ts";
import type { RegionCache } from "./ports/region-cache.ts";
import type { ResyncNotes } from "./ports/resync-notes.ts";
import { Reconciler } from "./reconcile/reconciler.ts";
import type { Applier, ApplierDeps } from "./replicate/applier.ts";
import { Scrubber } from "./scrub/scrubber.ts";

/** Seconds of reading, beside readers. */
export const PART_DOCUMENTS = 2_000;

/** What finds copies that are not what they should be. */
export interface Checks {
  readonly reconciler: Reconciler;
  /** Null where the store keeps its files to itself. */
  readonly scrubber: Scrubber | null;
}

interface CheckParts extends Pick<
  ApplierDeps,
  "store" | "placements" | "leases" | "clock" | "sleep"
> {
  readonly applier: Applier;
  readonly cache: RegionCache;
  readonly notes: ResyncNotes;
  readonly scrub: DataScrub | null;
}

/** Of the store that the environment names; null where it keeps its files to itself. */
export async function openScrub(env: RegionEnv, wallMs: () => number): Promise<DataScrub | null> {
  const folder = /^lancedb:(.+)$/.exec(env.NEARFIELD_STORE)?.[1];
  if (folder === undefined) return null;
  const { LanceDbScrub } = await import("./adapters/lancedb-scrub.ts");
  return new LanceDbScrub(folder, wallMs);
}

export function openChecks(env: RegionEnv, parts: CheckParts): Checks {
  const region = env.NEARFIELD_REGION;
  const { scrub: data } = parts;
  const reconciler = new Reconciler({
    ...parts,
    region,
    primaryContent: openPrimaryContent(env),
    partDocuments: PART_DOCUMENTS,
    everyMs: env.NEARFIELD_RECONCILE_MS,
    onDiffering: (collection, difference) =>
      report("content-differs", { collection, region, ...difference }),
  });
  const onDamaged = (collection: string, files: readonly string[]) =>
    report("segment-damaged", { collection, region, files: files.slice(0, 10), of: files.length });
  const scrubber =
    data === null ? null : new Scrubber({ ...parts, data, random: Math.random, onDamaged });
  return { reconciler, scrubber };
}

function openPrimaryContent(env: RegionEnv): LambdaPrimaryContent {
  const clients = new Map(
    env.NEARFIELD_OTHER_REGIONS.map(({ name, invokeUrl }) => [name, lambdaOf(name, invokeUrl)]),
  );
  return new LambdaPrimaryContent(clients, functionOf(env, "replicate"), (primary, error) =>
    report("content-not-told", { primary, error }),
  );
}
