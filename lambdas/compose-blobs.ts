import type { RegionEnv } from "../shared/contracts/region-env.ts";
import { FolderBlobs } from "./adapters/folder-blobs.ts";
import type { BlobStore } from "./ports/blobs.ts";

/** A folder, or a bucket, whose SDK is only opened where there is one. */
export async function openBlobs(env: RegionEnv): Promise<BlobStore> {
  const { NEARFIELD_BLOBS: where, NEARFIELD_BLOBS_ENDPOINT: endpoint } = env;
  const bucket = /^s3:\/\/([^/]+)\/?(.*)$/.exec(where);
  if (bucket === null) return new FolderBlobs(where);
  const [, name = "", folder = ""] = bucket;
  const { S3Blobs } = await import("./adapters/s3-blobs.ts");
  return new S3Blobs({
    bucket: name,
    prefix: folder === "" || folder.endsWith("/") ? folder : `${folder}/`,
    region: env.NEARFIELD_REGION,
    endpoint,
  });
}
