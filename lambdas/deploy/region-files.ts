import { RemovalPolicy } from "aws-cdk-lib";
import type { IVpc } from "aws-cdk-lib/aws-ec2";
import {
  FileSystem as ElasticFileSystem,
  LifecyclePolicy,
  ThroughputMode,
} from "aws-cdk-lib/aws-efs";
import { FileSystem } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";

/** Where the functions see the region's files. */
const MOUNT = "/mnt/nearfield";

/** The folder that RegionEnv names. */
export const STORE_FOLDER = `${MOUNT}/store`;

/** The region's files: the vectors of LanceDB regions, in a network file system that all functions mount. */
export class RegionFiles extends Construct {
  readonly mount: FileSystem;

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
  }
}
