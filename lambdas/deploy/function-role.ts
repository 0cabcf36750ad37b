import { Stack } from "aws-cdk-lib";
import { Effect, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { LogGroup } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import {
  CALLERS_OF_REGIONS,
  functionArns,
  FUNCTION_PREFIX,
  type FunctionName,
} from "./function-names.ts";

/** What Lambda itself, with the function's role, does to put a function into a network. */
const NETWORK_ACTIONS = [
  "ec2:AssignPrivateIpAddresses",
  "ec2:CreateNetworkInterface",
  "ec2:DeleteNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:UnassignPrivateIpAddresses",
];

/**
 * A function's own role, with no more than it uses: its own log group, its network interfaces, and for some the
 * `replicate` of the other regions. The file system's grant is added where it is mounted, the
 * bucket's by `grantBlobs`.
 */
export function functionRole(
  scope: Construct,
  name: FunctionName,
  logs: LogGroup,
  otherRegions: readonly string[],
): Role {
  const { account, region } = Stack.of(scope);
  const role = new Role(scope, `${name}-role`, {
    assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    description: `nearfield's ${name} in ${region}`,
  });
  role.addToPolicy(
    new PolicyStatement({
      sid: "WriteOwnLogs",
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [logs.logGroupArn],
    }),
  );
  // These actions know no resource; the second statement takes them away from the function's own code.
  role.addToPolicy(
    new PolicyStatement({
      sid: "JoinNetwork",
      actions: NETWORK_ACTIONS,
      resources: ["*"],
    }),
  );
  role.addToPolicy(
    new PolicyStatement({
      sid: "NetworkIsNotForCode",
      effect: Effect.DENY,
      actions: NETWORK_ACTIONS,
      resources: ["*"],
      conditions: {
        ArnEquals: {
          "lambda:SourceFunctionArn": `arn:aws:lambda:${region}:${account}:function:${FUNCTION_PREFIX}${name}`,
        },
      },
    }),
  );
  if (CALLERS_OF_REGIONS.includes(name) && otherRegions.length > 0)
    role.addToPolicy(
      new PolicyStatement({
        sid: "CallOtherRegions",
        actions: ["lambda:InvokeFunction"],
        resources: otherRegions.flatMap((other) => functionArns(account, other, "replicate")),
      }),
    );
  return role;
}
