import { z } from "zod";
import { jsonVariable } from "./json-variable.ts";

/** See the adapter's `MilvusIndex`. Left out: FLAT, which is exact. */
const MilvusIndex = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.enum(["FLAT", "AUTOINDEX"]) }),
  z.strictObject({
    kind: z.literal("HNSW"),
    m: z.int().min(4).max(64).default(24),
    efConstruction: z.int().min(8).max(512).default(300),
    ef: z.int().min(1).max(32_768).default(150),
  }),
]);

/** A folder, or a bucket. */
const PLACE = /^(\/|s3:\/\/[a-z0-9]).*/;

const Variables = z.object({
  NEARFIELD_REGION: z.string().min(1),
  NEARFIELD_LOG_URL: z.url(),
  NEARFIELD_LOG_TOKEN: z.string().min(1),
  NEARFIELD_REDIS_URL: z.url(),
  NEARFIELD_REDIS_TOKEN: z.string().min(1),
  NEARFIELD_EMBEDDER_URL: z.url(),
  /** `lancedb:/absolute/folder` or `milvus:http://host:port`. */
  NEARFIELD_STORE: z.string().regex(/^(lancedb:\/|milvus:).+/),
  /**
   * LanceDB: bytes that must be free where its folder lies for writes to be accepted; below a quarter of them nothing is applied. They
   * cover the writes under way, and what compaction writes beside what it replaces.
   */
  NEARFIELD_STORE_FREE_BYTES_MIN: z.coerce.number().int().min(0).default(268_435_456),
  /** Absolute path of the folder with the media, the log's segments and the snapshots, or `s3://bucket/prefix`: one that all regions share. */
  NEARFIELD_BLOBS: z.string().regex(PLACE),
  /** Of that bucket, where it is not the functions' own. */
  NEARFIELD_BLOBS_REGION: z.string().min(1).optional(),
  /** Of that bucket, where it is not Amazon's. */
  NEARFIELD_BLOBS_ENDPOINT: z.url().optional(),
  /**
   * Absolute path of the folder, or `s3://bucket/prefix`, that remembers the logs' terms, and keeps what a log has lost: one that all
   * regions share. Left out: where the blobs are.
   */
  NEARFIELD_TERMS: z.string().regex(PLACE).optional(),
  /** Shared by the locations and the regions: signs callers. */
  NEARFIELD_CALLER_SECRET: z.string().min(32),
  /** The other regions; `invokeUrl` only where the SDK does not know the endpoint. */
  NEARFIELD_OTHER_REGIONS: jsonVariable(
    z.array(z.strictObject({ name: z.string(), invokeUrl: z.url().optional() })).max(40),
  ),
  /**
   * The log and the primaries are watched, and collections promoted without anybody's doing, this long after one has failed, ms,
   * where the regions agree that it has. Left out: by hand only.
   */
  NEARFIELD_AUTO_PROMOTE_AFTER_MS: z.coerce.number().int().min(500).max(600_000).optional(),
  /** From one comparison of a region's copies with the primaries' to the next, ms. */
  NEARFIELD_RECONCILE_MS: z.coerce.number().int().min(1_000).default(3_600_000),
  NEARFIELD_FUNCTION_PREFIX: z.string().default("nearfield-"),
  /** Alias of the other regions' functions; left out: their newest version. */
  NEARFIELD_FUNCTION_QUALIFIER: z.string().min(1).optional(),
  /** Milvus, which has copies of its own: calls that a slow leg may be sent again. */
  NEARFIELD_SHARD_REPLICAS: z.coerce.number().int().min(1).max(4).default(1),
  /** LanceDB's copies: shard readers of this region, each a function `shard`. */
  NEARFIELD_SHARD_READERS: jsonVariable(
    z.array(z.strictObject({ invokeUrl: z.url().optional() })).max(4),
  ).default([]),
  /** `user:password` or an API key of Milvus, where it asks for one; or the two that follow. */
  NEARFIELD_MILVUS_TOKEN: z.string().min(1).optional(),
  NEARFIELD_MILVUS_USER: z
    .string()
    .regex(/^[^:]+$/, "has no colon")
    .optional(),
  NEARFIELD_MILVUS_PASSWORD: z.string().min(1).optional(),
  /** Absolute path of a file in PEM: the certificates to trust, instead of the usual ones, of a Milvus at `https://`. */
  NEARFIELD_MILVUS_ROOT_CERTIFICATE: z.string().startsWith("/").optional(),
  /** Before the names of Milvus collections, where regions share a server. */
  NEARFIELD_MILVUS_PREFIX: z
    .string()
    .regex(/^[a-z0-9_]{0,32}$/)
    .default(""),
  /**
   * `multi`: one Milvus collection a shard; `single`: one a space, for servers with one vector field a collection. Left out:
   * what the server can do. It never changes for collections that are there.
   */
  NEARFIELD_MILVUS_VECTOR_FIELDS: z.enum(["multi", "single"]).optional(),
  /** As JSON, of collections that are made from now on. */
  NEARFIELD_MILVUS_INDEX: jsonVariable(MilvusIndex).optional(),
  /** Query nodes that hold each collection, from when it is loaded next. */
  NEARFIELD_MILVUS_REPLICAS: z.coerce.number().pipe(z.int().min(1).max(16)).default(1),
});

/** The environment of a region's functions. */
export const RegionEnv = Variables.refine(
  (env) =>
    (env.NEARFIELD_MILVUS_USER === undefined) === (env.NEARFIELD_MILVUS_PASSWORD === undefined),
  "NEARFIELD_MILVUS_USER and NEARFIELD_MILVUS_PASSWORD are given together",
)
  .refine(
    (env) => env.NEARFIELD_MILVUS_USER === undefined || env.NEARFIELD_MILVUS_TOKEN === undefined,
    "NEARFIELD_MILVUS_TOKEN, or a user and a password: not both",
  )
  .refine(
    (env) =>
      env.NEARFIELD_STORE.startsWith("milvus:")
        ? env.NEARFIELD_SHARD_READERS.length === 0
        : env.NEARFIELD_SHARD_REPLICAS === 1,
    "NEARFIELD_SHARD_REPLICAS is for Milvus, NEARFIELD_SHARD_READERS for LanceDB",
  )
  .refine(
    (env) =>
      env.NEARFIELD_MILVUS_ROOT_CERTIFICATE === undefined ||
      env.NEARFIELD_STORE.startsWith("milvus:https://"),
    "NEARFIELD_MILVUS_ROOT_CERTIFICATE needs a Milvus at https://",
  )
  .transform(({ NEARFIELD_MILVUS_USER: user, NEARFIELD_MILVUS_PASSWORD: password, ...env }) => ({
    ...env,
    NEARFIELD_TERMS: env.NEARFIELD_TERMS ?? env.NEARFIELD_BLOBS,
    // Milvus' own form of the two.
    ...(user === undefined ? {} : { NEARFIELD_MILVUS_TOKEN: `${user}:${password}` }),
  }));
export type RegionEnv = z.output<typeof RegionEnv>;
