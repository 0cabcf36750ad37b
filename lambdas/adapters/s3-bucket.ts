import { S3Client } from "@aws-sdk/client-s3";

export interface S3Place {
  readonly bucket: string;
  /** Before every name; empty, or ends with a slash. */
  readonly prefix: string;
  /** Of the bucket. */
  readonly region: string;
  /** Only where the SDK does not know it. */
  readonly endpoint: string | undefined;
}

/** One call: the largest blob has 4 MB. */
const CALL_MS_MAX = 30_000;
const ATTEMPTS_MAX = 3;

export function s3Client({ region, endpoint }: S3Place): S3Client {
  return new S3Client({
    region,
    maxAttempts: ATTEMPTS_MAX,
    followRegionRedirects: true, // The bucket may have been made elsewhere.
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
  });
}

/** Every call has a deadline. */
export function within(signal: AbortSignal): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(CALL_MS_MAX)]) };
}
