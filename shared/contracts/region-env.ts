import { z } from "zod";
import { jsonVariable } from "./json-variable.ts";

/** The environment of a region's functions. */
export const RegionEnv = z.object({
  NEARFIELD_REGION: z.string().min(1),
  NEARFIELD_LOG_URL: z.url(),
  NEARFIELD_LOG_TOKEN: z.string().min(1),
  NEARFIELD_REDIS_URL: z.url(),
  NEARFIELD_REDIS_TOKEN: z.string().min(1),
  NEARFIELD_EMBEDDER_URL: z.url(),
  /** `lancedb:/absolute/folder` or `milvus:http://host:port`. */
  NEARFIELD_STORE: z.string().regex(/^(lancedb:\/|milvus:).+/),
  /** Absolute path of the folder with the media. */
  NEARFIELD_BLOBS: z.string().startsWith("/"),
  /** Shared by the locations and the regions: signs callers. */
  NEARFIELD_CALLER_SECRET: z.string().min(32),
  /** The other regions; `invokeUrl` only where the SDK does not know the endpoint. */
  NEARFIELD_OTHER_REGIONS: jsonVariable(
    z.array(z.strictObject({ name: z.string(), invokeUrl: z.url().optional() })).max(40),
  ),
  NEARFIELD_FUNCTION_PREFIX: z.string().default("nearfield-"),
  /** Alias of the other regions' functions; left out: their newest version. */
  NEARFIELD_FUNCTION_QUALIFIER: z.string().min(1).optional(),
  /** Copies that each leg of a search may go to; of Milvus, which has its own, calls that a slow leg may be sent again. */
  NEARFIELD_SHARD_REPLICAS: z.coerce.number().int().min(1).max(4).default(1),
  /** Shard readers of this region, each with functions `shard`; as many as there are replicas, for LanceDB. */
  NEARFIELD_SHARD_READERS: jsonVariable(
    z.array(z.strictObject({ invokeUrl: z.url().optional() })).max(4),
  ).default([]),
  /** `user:password` or an API key of Milvus, where it asks for one. */
  NEARFIELD_MILVUS_TOKEN: z.string().min(1).optional(),
  /** Before the names of Milvus collections, where regions share a server. */
  NEARFIELD_MILVUS_PREFIX: z
    .string()
    .regex(/^[a-z0-9_]{0,32}$/)
    .default(""),
});
export type RegionEnv = z.output<typeof RegionEnv>;
