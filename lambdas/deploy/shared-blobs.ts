import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { PolicyStatement, type Role } from "aws-cdk-lib/aws-iam";
import { BlockPublicAccess, Bucket, BucketEncryption } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import type { FunctionName } from "./function-names.ts";
import type { RegionFile } from "./region-file.ts";

/** What somebody removed by mistake can be had back for so long. */
const REMOVED_KEPT_DAYS = 30;
/** Reads, and catches up, but writes nothing. */
const READERS: ReadonlySet<FunctionName> = new Set(["search", "answer"]);

/** The bucket of all regions: pictures, the log's segments, snapshots, and beside them the logs' terms and what a log has lost. */
export function makeSharedBucket(scope: Construct, { blobs }: RegionFile): Bucket {
  return new Bucket(scope, "Blobs", {
    bucketName: blobs.bucket,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    versioned: true,
    lifecycleRules: [
      {
        noncurrentVersionExpiration: Duration.days(REMOVED_KEPT_DAYS),
        expiredObjectDeleteMarker: true,
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
    ],
    removalPolicy: RemovalPolicy.RETAIN,
  });
}

/** RegionEnv's. */
export function blobsEnvironment({ blobs }: RegionFile): Record<string, string> {
  return { NEARFIELD_BLOBS: `s3://${blobs.bucket}/`, NEARFIELD_BLOBS_REGION: blobs.region };
}

/** Lets a function, in whichever region, use the bucket. */
export function grantBlobs(role: Role, name: FunctionName, { blobs }: RegionFile): void {
  const bucket = `arn:aws:s3:::${blobs.bucket}`;
  role.addToPolicy(
    new PolicyStatement({
      sid: "UseBlobs",
      actions: READERS.has(name)
        ? ["s3:GetObject"]
        : ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      resources: [`${bucket}/*`],
    }),
  );
  // Without it S3 refuses to say of a name that there is none.
  role.addToPolicy(
    new PolicyStatement({ sid: "ListBlobs", actions: ["s3:ListBucket"], resources: [bucket] }),
  );
}
