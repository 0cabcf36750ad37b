import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { RegionEntry } from "../../shared/contracts/regions.ts";

/**
 * Where a region keeps its vectors: LanceDB in the region's own file system, or a Milvus (or Zilliz Cloud) that runs already.
 * The defaults are those of production: a graph, held by three query nodes.
 */
const RegionStore = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("lancedb") }),
  z.strictObject({
    kind: z.literal("milvus"),
    /** `host:port`, or with `https://`. */
    address: z.string().regex(/^(https?:\/\/)?[\w.-]+(:\d+)?$/),
    /** Whether it asks for a token: then the region's secret has a `milvusToken`. */
    token: z.boolean().default(true),
    index: z.enum(["FLAT", "HNSW", "AUTOINDEX"]).default("HNSW"),
    /** Needs as many query nodes. */
    replicas: z.int().min(1).max(16).default(3),
  }),
]);

const { name, latitude, longitude } = RegionEntry.shape;

/** One region as it is deployed. No secret is in it: tokens come from the region's Secrets Manager. */
export const DeployedRegion = z.strictObject({
  name,
  latitude,
  longitude,
  /** Of each function; Lambda gives one vCPU for each 1769 MiB. */
  memoryMiB: z.int().min(512).max(10_240),
  /** Environments of `search` that are kept warm; 0 for a region that scales to zero. */
  provisionedConcurrency: z.int().min(0).max(1_000),
  store: RegionStore,
  redisUrl: z.url(),
  embedderUrl: z.url(),
});
export type DeployedRegion = z.output<typeof DeployedRegion>;

/** regions.json: the one place that says which regions there are. */
export const RegionFile = z
  .strictObject({
    primary: z.string(),
    /** The log's Upstash database, beside the primary. */
    logUrl: z.url(),
    /** The bucket that all regions share, and the region that it is made in; neither can be changed later. Names are one per world. */
    blobs: z.strictObject({
      bucket: z.string().regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/),
      region: z.string(),
    }),
    regions: z.array(DeployedRegion).min(1).max(40),
  })
  .refine(
    ({ primary, regions }) => regions.some((region) => region.name === primary),
    "primary names one of the regions",
  )
  .refine(
    ({ blobs, regions }) => regions.some((region) => region.name === blobs.region),
    "blobs.region names one of the regions",
  )
  .refine(
    ({ regions }) => new Set(regions.map((region) => region.name)).size === regions.length,
    "names are distinct",
  );
export type RegionFile = z.output<typeof RegionFile>;

/** @throws where regions.json is not what it should be, naming the place */
export function readRegionFile(): RegionFile {
  const file = fileURLToPath(new URL("./regions.json", import.meta.url));
  const parsed = RegionFile.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!parsed.success) throw new Error(`regions.json: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
