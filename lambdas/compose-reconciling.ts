import type { RegionEnv } from "../shared/contracts/region-env.ts";
import { LambdaPrimaryContent } from "./adapters/lambda-primary-content.ts";
import { functionOf, lambdaOf } from "./compose-functions.ts";
import { report } from "./compose-report.ts";
import type { RegionCache } from "./ports/region-cache.ts";
import type { ResyncNotes } from "./ports/resync-notes.ts";
import { Reconciler } from "./reconcile/reconciler.ts";
import type { Applier, ApplierDeps } from "./replicate/applier.ts";

/** Seconds of reading, beside readers. */
export const PART_DOCUMENTS = 2_000;

/** Compares the region's copies with the primaries'. */
export function openReconciling(
  env: RegionEnv,
  apply: Pick<ApplierDeps, "store" | "placements" | "leases" | "clock" | "sleep">,
  applier: Applier,
  cache: RegionCache,
  notes: ResyncNotes,
): Reconciler {
  const region = env.NEARFIELD_REGION;
  const clients = new Map(
    env.NEARFIELD_OTHER_REGIONS.map(({ name, invokeUrl }) => [name, lambdaOf(name, invokeUrl)]),
  );
  const primaryContent = new LambdaPrimaryContent(
    clients,
    functionOf(env, "replicate"),
    (of, error) => report("content-not-told", { primary: of, error }),
  );
  return new Reconciler({
    ...apply,
    region,
    applier,
    cache,
    notes,
    primaryContent,
    partDocuments: PART_DOCUMENTS,
    everyMs: env.NEARFIELD_RECONCILE_MS,
    onDiffering: (collection, difference) =>
      report("content-differs", { collection, region, ...difference }),
  });
}
