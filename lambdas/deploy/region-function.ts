import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { IVpc } from "aws-cdk-lib/aws-ec2";
import {
  Alias,
  Architecture,
  Code,
  Function as LambdaFunction,
  type FileSystem,
  type ILayerVersion,
  type IVersion,
  Runtime,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { ALIAS, FUNCTION_PREFIX, type FunctionName } from "./function-names.ts";
import { functionRole } from "./function-role.ts";
import type { RegionFile } from "./region-file.ts";
import { grantBlobs } from "./shared-blobs.ts";

/** Longer than the longest deadline of a request (30 s) or of a replication run (30 s), so that these end by themselves. */
const TIMEOUT_S = 35;
/** Lambda's longest: building an index takes as long as it takes. */
const MAINTAIN_TIMEOUT_S = 900;
/** A ring or a sweep that is older is of no use: the next sweep comes within a minute. */
const EVENT_AGE_S = 60;

export interface RegionFunctionProps {
  readonly name: FunctionName;
  /** Folder with index.mjs. */
  readonly folder: string;
  readonly layers: readonly ILayerVersion[];
  readonly memoryMiB: number;
  /** Environments kept warm, >= 0. */
  readonly provisionedConcurrency: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly vpc: IVpc;
  readonly mount: FileSystem;
  readonly file: RegionFile;
  readonly otherRegions: readonly string[];
  readonly alarms: ITopic;
}

/** One function of a region, with its role, its log, its alias and its alarms. */
export class RegionFunction extends Construct {
  readonly alias: Alias;

  constructor(scope: Construct, id: string, props: RegionFunctionProps) {
    super(scope, id);
    const { name, provisionedConcurrency } = props;
    const functionName = `${FUNCTION_PREFIX}${name}`;
    const logGroup = new LogGroup(this, "Log", {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = functionRole(this, name, logGroup, props.otherRegions);
    grantBlobs(role, name, props.file);
    const made = new LambdaFunction(this, "Function", {
      functionName,
      description: `nearfield: ${name} of ${Stack.of(this).region}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: "index.handler",
      code: Code.fromAsset(props.folder),
      layers: [...props.layers],
      memorySize: props.memoryMiB,
      timeout: Duration.seconds(name === "maintain" ? MAINTAIN_TIMEOUT_S : TIMEOUT_S),
      environment: { ...props.environment },
      vpc: props.vpc,
      filesystem: props.mount,
      logGroup,
      role,
      maxEventAge: Duration.seconds(EVENT_AGE_S),
      retryAttempts: 0,
    });
    this.alias = new Alias(this, "Alias", {
      aliasName: ALIAS,
      version: made.currentVersion as IVersion, // As in region-stack.ts.
      ...(provisionedConcurrency === 0
        ? {}
        : { provisionedConcurrentExecutions: provisionedConcurrency }),
    });
    this.#watch(made, props.alarms);
  }

  /** One failed or throttled call within five minutes is told: a function answers problems, so a failure is a bug. */
  #watch(made: LambdaFunction, topic: ITopic): void {
    const period = { period: Duration.minutes(5) };
    const metrics = { Errors: made.metricErrors(period), Throttles: made.metricThrottles(period) };
    for (const [kind, metric] of Object.entries(metrics)) {
      const alarm = metric.createAlarm(this, kind, {
        alarmDescription: `${kind} of ${made.node.path}`,
        threshold: 1,
        evaluationPeriods: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      alarm.addAlarmAction(new SnsAction(topic));
    }
  }
}
