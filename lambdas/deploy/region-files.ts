import { RemovalPolicy } from "aws-cdk-lib";
import type { IVpc } from "aws-cdk-lib/aws-ec2";
import {
  FileSystem as ElasticFileSystem,
  LifecyclePolicy,
  ThroughputMode,
} from "aws-cdk-lib/aws-efs";
import { FileSystem } from "aws-cdk-lib/aws-lambda";
import { BlockPublicAccess, Bucket, BucketEncryption } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";

/** Where the functions see the region's files. */
const MOUNT = "/mnt/nearfield";

/** Folders that RegionEnv names. */
export const FOLDERS = { blobs: `${MOUNT}/blobs`, store: `${MOUNT}/store` } as const;

/**
 * The region's files: pictures, and the vectors of LanceDB regions, in a network file system that all functions mount.
 * The blob store is a folder as long as there is no adapter for S3, so pictures are found only in the region that took them;
 * vectors and texts are everywhere, since every region applies the log. The bucket is where blobs will be: nobody may read or write it
 * until then.
 */
export class RegionFiles extends Construct {
  readonly mount: FileSystem;
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, vpc: IVpc) {
    super(scope, id);
    const files = new ElasticFileSystem(this, "Files", {
      vpc,
      encrypted: true,
      throughputMode: ThroughputMode.ELASTIC,
      lifecyclePolicy: LifecyclePolicy.AFTER_30_DAYS,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const owner = { uid: "1000", gid: "1000" };
    const root = files.addAccessPoint("Root", {
      path: "/nearfield",
      posixUser: owner,
      createAcl: { ownerUid: owner.uid, ownerGid: owner.gid, permissions: "750" },
    });
    this.mount = FileSystem.fromEfsAccessPoint(root, MOUNT);
    this.bucket = new Bucket(this, "Blobs", {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      versioned: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
