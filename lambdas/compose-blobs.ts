import type { RegionEnv } from "../shared/contracts/region-env.ts";
import { BlobLostEntries } from "./adapters/blob-lost-entries.ts";
import { FolderBlobs } from "./adapters/folder-blobs.ts";
import { FolderLostEntries } from "./adapters/folder-lost-entries.ts";
import { FolderTermRegister } from "./adapters/folder-term-register.ts";
import type { S3Place } from "./adapters/s3-bucket.ts";
import type { BlobStore } from "./ports/blobs.ts";
import type { LostEntries } from "./ports/lost-entries.ts";
import type { TermRegister } from "./ports/term-register.ts";

/** A folder, or a bucket, whose SDK is only opened where there is one. */
export function openBlobs(env: RegionEnv): Promise<BlobStore> {
  return openBlobsAt(env.NEARFIELD_BLOBS, env);
}

async function openBlobsAt(where: string, env: RegionEnv): Promise<BlobStore> {
  const place = placeOf(where, env);
  if (place === null) return new FolderBlobs(where);
  const { S3Blobs } = await import("./adapters/s3-blobs.ts");
  return new S3Blobs(place);
}

/** What promotions keep outside of the log. */
export interface OutsideLog {
  readonly terms: TermRegister;
  readonly entries: LostEntries;
}

export async function openOutsideLog(env: RegionEnv): Promise<OutsideLog> {
  const where = env.NEARFIELD_TERMS;
  const place = placeOf(where, env);
  if (place === null)
    return { terms: new FolderTermRegister(where), entries: new FolderLostEntries(where) };
  const { S3TermRegister } = await import("./adapters/s3-term-register.ts");
  const blobs = await openBlobsAt(where, env);
  return {
    terms: new S3TermRegister(place),
    entries: new BlobLostEntries(blobs, `s3://${place.bucket}/${place.prefix}`),
  };
}

/** Null for a folder. */
function placeOf(where: string, env: RegionEnv): S3Place | null {
  const bucket = /^s3:\/\/([^/]+)\/?(.*)$/.exec(where);
  if (bucket === null) return null;
  const [, name = "", folder = ""] = bucket;
  return {
    bucket: name,
    prefix: folder === "" || folder.endsWith("/") ? folder : `${folder}/`,
    region: env.NEARFIELD_BLOBS_REGION ?? env.NEARFIELD_REGION,
    endpoint: env.NEARFIELD_BLOBS_ENDPOINT,
  };
}
