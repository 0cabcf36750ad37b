/** The functions of a region; each is bundled from `lambdas/<name>/handler.ts`. */
export const FUNCTION_NAMES = ["search", "write", "replicate", "answer", "maintain"] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** What locations may call; `replicate` is for regions, `maintain` for the schedule only. */
export const CALLED_BY_LOCATIONS: readonly FunctionName[] = ["search", "write", "answer"];

/**
 * What may call the other regions' `replicate`: to ring, to ask how far they are and whether they agree to a promotion, to compare
 * copies.
 */
export const CALLERS_OF_REGIONS: readonly FunctionName[] = ["write", "replicate", "maintain"];

/** As RegionEnv and EdgeEnv have it by default. */
export const FUNCTION_PREFIX = "nearfield-";

/** The alias that a deployment moves once the new version is up. */
export const ALIAS = "live";

/** A function in any region of this account, and its alias. */
export function functionArns(account: string, region: string, name: FunctionName): string[] {
  const arn = `arn:aws:lambda:${region}:${account}:function:${FUNCTION_PREFIX}${name}`;
  return [arn, `${arn}:${ALIAS}`];
}
