import { Duration, Stack, type StackProps } from "aws-cdk-lib";
import { Vpc, type IVpc } from "aws-cdk-lib/aws-ec2";
import { Rule, RuleTargetInput, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as FunctionTarget } from "aws-cdk-lib/aws-events-targets";
import { PolicyStatement, User } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  Code,
  LayerVersion,
  Runtime,
  type IFunction,
  type ILayerVersion,
} from "aws-cdk-lib/aws-lambda";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Topic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import { ALIAS, CALLED_BY_LOCATIONS, functionArns, type FunctionName } from "./function-names.ts";
import { RegionFiles, STORE_FOLDER } from "./region-files.ts";
import type { DeployedRegion, RegionFile } from "./region-file.ts";
import { RegionFunction } from "./region-function.ts";
import { blobsEnvironment, makeSharedBucket } from "./shared-blobs.ts";

/** A secret of each region, made by hand: JSON with callerSecret, logToken, redisToken and, for a Milvus, milvusToken. */
const SECRET_NAME = "nearfield/region";
const MAINTAIN_MINUTES = 15;
/** EventBridge's shortest. A ring brings most writes at once; the sweep makes good the rings that were lost. */
const SWEEP_MINUTES = 1;

export interface RegionCode {
  readonly folders: Readonly<Record<FunctionName, string>>;
  /** The layer's folder; null where the store needs none. */
  readonly layer: string | null;
}

interface ScheduledCall {
  readonly id: string;
  readonly name: FunctionName;
  readonly op: string;
  readonly description: string;
  readonly everyMinutes: number;
}

/** What is called without anybody asking. */
const SCHEDULES = {
  sweep: {
    id: "Sweep",
    name: "replicate",
    op: "sweep",
    description: "Applies what a lost ring left behind",
    everyMinutes: SWEEP_MINUTES,
  },
  failover: {
    id: "Failover",
    name: "replicate",
    op: "failover",
    description: "Looks at the log and the primaries, and promotes where that is configured",
    everyMinutes: SWEEP_MINUTES,
  },
  resharding: {
    id: "Resharding",
    name: "maintain",
    op: "reshard",
    description: "Moves collections that are to have other shards",
    everyMinutes: SWEEP_MINUTES,
  },
  filling: {
    id: "Filling",
    name: "maintain",
    op: "fill",
    description: "Makes the vectors that new spaces lack",
    everyMinutes: SWEEP_MINUTES,
  },
  resyncing: {
    id: "Resyncing",
    name: "maintain",
    op: "resync",
    description: "Builds anew what the log has no way on for",
    everyMinutes: SWEEP_MINUTES,
  },
  snapshots: {
    id: "Snapshots",
    name: "maintain",
    op: "snapshot",
    description: "Does the snapshots and restores that were asked for",
    everyMinutes: SWEEP_MINUTES,
  },
  maintenance: {
    id: "Maintenance",
    name: "maintain",
    op: "maintain",
    description: "Compacts and builds indexes where worth while",
    everyMinutes: MAINTAIN_MINUTES,
  },
  reconciling: {
    id: "Reconciling",
    name: "maintain",
    op: "reconcile",
    description: "Compares what was written to lately with the primaries' copies",
    everyMinutes: MAINTAIN_MINUTES,
  },
  scrubbing: {
    id: "Scrubbing",
    name: "maintain",
    op: "scrub",
    description: "Reads data files again, some at a time",
    everyMinutes: SWEEP_MINUTES,
  },
} as const satisfies Record<string, ScheduledCall>;

/** All of one region: five functions in a network with a file system, their schedule, secrets, alarms. */
export class RegionStack extends Stack {
  readonly functions: Readonly<Record<FunctionName, RegionFunction>>;
  readonly sweep: Rule;
  readonly resharding: Rule;
  readonly filling: Rule;
  readonly resyncing: Rule;
  readonly failover: Rule;
  readonly snapshots: Rule;
  readonly maintenance: Rule;
  readonly reconciling: Rule;
  readonly scrubbing: Rule;

  constructor(
    scope: Construct,
    id: string,
    file: RegionFile,
    region: DeployedRegion,
    code: RegionCode,
    props: StackProps,
  ) {
    super(scope, id, props);
    // Mounting a file system needs a network, and reaching Redis and the other regions from it needs the gateway.
    // CDK's classes and interfaces differ in whether a missing member may be undefined: so the `as`, here and below.
    const vpc = new Vpc(this, "Network", { maxAzs: 2, natGateways: 1 }) as IVpc;
    const files = new RegionFiles(this, "Files", vpc);
    if (region.name === file.blobs.region) makeSharedBucket(this, file);
    const alarms = new Topic(this, "Alarms", { topicName: "nearfield-alarms", enforceSSL: true });
    const layers = this.#layers(code);
    const otherRegions = file.regions
      .map(({ name }) => name)
      .filter((name) => name !== region.name);
    const environment = this.#environment(file, region, otherRegions);
    const make = (name: FunctionName) =>
      new RegionFunction(this, name, {
        name,
        folder: code.folders[name],
        layers,
        memoryMiB: region.memoryMiB,
        provisionedConcurrency: name === "search" ? region.provisionedConcurrency : 0,
        environment,
        vpc,
        mount: files.mount,
        file,
        otherRegions,
        alarms,
      });
    this.functions = {
      search: make("search"),
      write: make("write"),
      replicate: make("replicate"),
      answer: make("answer"),
      maintain: make("maintain"),
    };
    this.sweep = this.#scheduled(SCHEDULES.sweep);
    this.failover = this.#scheduled(SCHEDULES.failover);
    this.resharding = this.#scheduled(SCHEDULES.resharding);
    this.filling = this.#scheduled(SCHEDULES.filling);
    this.resyncing = this.#scheduled(SCHEDULES.resyncing);
    this.snapshots = this.#scheduled(SCHEDULES.snapshots);
    this.maintenance = this.#scheduled(SCHEDULES.maintenance);
    this.reconciling = this.#scheduled(SCHEDULES.reconciling);
    this.scrubbing = this.#scheduled(SCHEDULES.scrubbing);
    // IAM is global, so the locations' user is made once, beside the primary.
    if (region.name === file.primary) this.#addLocationsUser(file);
  }

  #scheduled({ id, name, op, description, everyMinutes }: ScheduledCall): Rule {
    return new Rule(this, id, {
      description,
      schedule: Schedule.rate(Duration.minutes(everyMinutes)),
      targets: [
        new FunctionTarget(this.functions[name].alias as IFunction, {
          event: RuleTargetInput.fromObject({ op }),
          retryAttempts: 0,
        }),
      ],
    });
  }

  #layers({ layer }: RegionCode): ILayerVersion[] {
    if (layer === null) return [];
    const made = new LayerVersion(this, "LanceDb", {
      description: "LanceDB with its native part, and Arrow",
      code: Code.fromAsset(layer),
      compatibleRuntimes: [Runtime.NODEJS_24_X],
      compatibleArchitectures: [Architecture.ARM_64],
    });
    return [made];
  }

  /** RegionEnv. Secrets are references that CloudFormation resolves when it deploys: no value is in the template. */
  #environment(
    file: RegionFile,
    region: DeployedRegion,
    otherRegions: readonly string[],
  ): Record<string, string> {
    const secret = Secret.fromSecretNameV2(this, "Secrets", SECRET_NAME);
    const secretOf = (field: string) => secret.secretValueFromJson(field).unsafeUnwrap();
    const { store } = region;
    return {
      NEARFIELD_REGION: region.name,
      NEARFIELD_FUNCTION_QUALIFIER: ALIAS,
      NEARFIELD_LOG_URL: file.logUrl,
      NEARFIELD_LOG_TOKEN: secretOf("logToken"),
      NEARFIELD_REDIS_URL: region.redisUrl,
      NEARFIELD_REDIS_TOKEN: secretOf("redisToken"),
      NEARFIELD_EMBEDDER_URL: region.embedderUrl,
      ...storeEnvironment(store, secretOf),
      ...blobsEnvironment(file),
      NEARFIELD_CALLER_SECRET: secretOf("callerSecret"),
      NEARFIELD_OTHER_REGIONS: JSON.stringify(otherRegions.map((name) => ({ name }))),
    };
  }

  /** The user whose key the locations hold; the key itself is made by hand, so that it is in no template. */
  #addLocationsUser(file: RegionFile): void {
    const user = new User(this, "Locations", { userName: "nearfield-locations" });
    user.addToPolicy(
      new PolicyStatement({
        sid: "CallRegions",
        actions: ["lambda:InvokeFunction"],
        resources: file.regions.flatMap(({ name }) =>
          CALLED_BY_LOCATIONS.flatMap((called) => functionArns(this.account, name, called)),
        ),
      }),
    );
  }
}

function storeEnvironment(
  store: DeployedRegion["store"],
  secretOf: (field: string) => string,
): Record<string, string> {
  if (store.kind === "lancedb") return { NEARFIELD_STORE: `lancedb:${STORE_FOLDER}` };
  return {
    NEARFIELD_STORE: `milvus:${store.address}`,
    NEARFIELD_MILVUS_INDEX: JSON.stringify({ kind: store.index }),
    NEARFIELD_MILVUS_REPLICAS: String(store.replicas),
    ...(store.token ? { NEARFIELD_MILVUS_TOKEN: secretOf("milvusToken") } : {}),
  };
}
