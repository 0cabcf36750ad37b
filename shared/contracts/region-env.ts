import { z } from "zod";

/** JSON in an environment variable, checked by a schema. */
function json<S extends z.ZodType>(schema: S) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: "custom", message: "not JSON" });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

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
  NEARFIELD_OTHER_REGIONS: json(
    z.array(z.strictObject({ name: z.string(), invokeUrl: z.url().optional() })).max(40),
  ),
  NEARFIELD_FUNCTION_PREFIX: z.string().default("nearfield-"),
});
export type RegionEnv = z.output<typeof RegionEnv>;
