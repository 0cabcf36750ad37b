import type { Caller } from "../../shared/contracts/caller.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { required } from "../../shared/std/assert.ts";
import type { Edge } from "../edge.ts";
import type { RegionFunctions } from "../ports/region-functions.ts";
import { envelope, type EdgeContext } from "./request.ts";

const LOOK_MS = 5_000;

/**
 * The shard map that every region has, for a change of it: one at a time, so that no region is ever two changes behind.
 * @returns its version
 * @throws Problem `not-found`, `resharding`, or `region-unavailable`: what a region that can't be asked has is not known
 */
export async function settledMapVersion(
  edge: Edge,
  context: EdgeContext,
  caller: Caller,
  name: string,
): Promise<number> {
  const versions = await Promise.all(
    [...edge.router.functions.values()].map((of) => settledIn(edge, context, caller, of, name)),
  );
  const from = required(versions[0], "there is a region");
  if (versions.some((version) => version !== from))
    throw new Problem("resharding", "The regions do not have the same shards yet; look again.");
  return from;
}

async function settledIn(
  edge: Edge,
  context: EdgeContext,
  caller: Caller,
  functions: RegionFunctions,
  name: string,
): Promise<number> {
  const of = { name, fresh: true };
  const event = { op: "collections" as const, ...envelope(edge, context, caller, LOOK_MS), ...of };
  const result = await functions.search(event, AbortSignal.timeout(LOOK_MS)).catch((cause) => {
    throw new Problem(
      "region-unavailable",
      `Shards and spaces are changed while all regions can be asked; ${functions.region} did not answer.`,
      { cause },
    );
  });
  if (result.kind === "problem")
    throw new Problem(result.problem.code, result.problem.hint, { errors: result.problem.errors });
  const status = result.kind === "collections" ? result.collections[0] : undefined;
  // Vectors that are still being made are made for the next shards as well.
  const moving = status?.resharding !== null && status?.resharding.phase !== "embedding";
  if (status === undefined || moving)
    throw new Problem(
      "resharding",
      `${functions.region} is still on its way from the last change; GET /v1/status tells how far it is.`,
    );
  return status.shardMap.version;
}
