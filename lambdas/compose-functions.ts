import { LambdaClient } from "@aws-sdk/client-lambda";
import type { RegionEnv } from "../shared/contracts/region-env.ts";
import { LambdaBell } from "./adapters/lambda-bell.ts";
import { report } from "./compose-report.ts";
import type { Bell } from "./ports/bell.ts";

/** The function, and its alias where functions have one. */
export function functionOf(env: RegionEnv, name: string) {
  const qualifier = env.NEARFIELD_FUNCTION_QUALIFIER;
  return {
    FunctionName: `${env.NEARFIELD_FUNCTION_PREFIX}${name}`,
    ...(qualifier === undefined ? {} : { Qualifier: qualifier }),
  };
}

/** @param invokeUrl where Lambda is not to be asked itself */
export function lambdaOf(region: string, invokeUrl: string | undefined): LambdaClient {
  return new LambdaClient({
    region,
    maxAttempts: 1,
    ...(invokeUrl === undefined ? {} : { endpoint: invokeUrl }),
  });
}

/** Rings the other regions. */
export function openBell(env: RegionEnv): Bell {
  const others = env.NEARFIELD_OTHER_REGIONS.map(({ name, invokeUrl }) => ({
    region: name,
    client: lambdaOf(name, invokeUrl),
  }));
  return new LambdaBell(others, functionOf(env, "replicate"), (to, error) =>
    report("ring-failed", { to, error }),
  );
}
