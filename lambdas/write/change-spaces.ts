import type { z } from "zod";
import type { Caller } from "../../shared/contracts/caller.ts";
import { wantedMap } from "../../shared/contracts/collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { ReshardedResult, WriteEvent } from "../../shared/contracts/write-event.ts";
import type { ShardMap } from "../../shared/contracts/shard-map.ts";
import type { SettledSpace, Space } from "../../shared/contracts/space.ts";
import { canonicalJson } from "../../shared/std/canonical-json.ts";
import { changedMeanwhile } from "./reshard-collection.ts";
import { settleSpaces } from "./settle-spaces.ts";
import { primaryRecord, type WriteDeps } from "./write.ts";

type ChangeEvent = Extract<z.output<typeof WriteEvent>, { op: "change-spaces" }>;
type Spaces = Readonly<Record<string, SettledSpace>>;

/**
 * Settles which spaces a collection is to have. Each region moves its own copy to shards that have them; then the primary makes
 * the vectors that they lack. Asked for what it has already, nothing changes.
 *
 * @throws Problem `invalid-request`, `limit-exceeded`, `embedder-unavailable`, or `resharding` where another request was first
 */
export async function changeSpaces(
  deps: WriteDeps,
  caller: Caller,
  { collection, request, from }: ChangeEvent,
  signal: AbortSignal,
): Promise<z.output<typeof ReshardedResult>> {
  await primaryRecord(deps, caller.tenant, collection, signal);
  const record = await deps.catalog.refreshed(caller.tenant, collection, true, signal);
  const now = wantedMap(record);
  if (now.version !== from) throw changedMeanwhile();
  const before = now.spaces ?? record.spaces;
  const asked = { ...request.spaces, ...asTheyAre(before, request.rebuild) };
  const settled = await settleSpaces(deps.embedder, asked, signal);
  const spaces = { ...before, ...keepingIndex(before, settled, request.rebuild) };
  if (Object.keys(spaces).length > LIMITS.spacesMax)
    throw new Problem("limit-exceeded", `A collection has at most ${LIMITS.spacesMax} spaces.`);
  const fills = spacesToFill(before, spaces, request.rebuild);
  if (fills.length === 0 && canonicalJson(spaces) === canonicalJson(before))
    return { kind: "resharded", region: deps.region, record };
  const map: ShardMap = {
    version: now.version + 1,
    shards: now.shards,
    key: now.key,
    spaces,
    schemaVersion: (now.schemaVersion ?? record.schemaVersion) + 1,
    ...(fills.length === 0 ? {} : { fills }),
  };
  const standing = await deps.log.addShardMap(record, map, signal);
  if (canonicalJson(wantedMap(standing)) !== canonicalJson(map)) throw changedMeanwhile();
  await deps.catalog.remember(standing, signal);
  return { kind: "resharded", region: deps.region, record: standing };
}

/** Spaces as a caller would ask for them again. */
function asTheyAre(before: Spaces, names: readonly string[]): Record<string, Space> {
  return Object.fromEntries(
    names.map((name, i) => {
      const space = Object.hasOwn(before, name) ? before[name] : undefined;
      if (space === undefined)
        throw refused(
          `/rebuild/${i}`,
          `the collection's spaces are ${Object.keys(before).join(", ")}`,
        );
      if (space.model === "none") throw refused(`/rebuild/${i}`, OWN_VECTORS);
      const { model, metric, weight, modalities, combine } = space;
      const asked = {
        model,
        metric,
        weight,
        ...(modalities === undefined ? {} : { modalities }),
        ...(combine === undefined ? {} : { combine }),
      };
      return [name, asked];
    }),
  );
}

/** A rebuilt space is found as it was, by the index that was settled for it. */
function keepingIndex(before: Spaces, settled: Spaces, rebuild: readonly string[]): Spaces {
  return Object.fromEntries(
    Object.entries(settled).map(([name, space]) => {
      const index = rebuild.includes(name) ? before[name]?.index : space.index;
      return [name, index === undefined ? space : { ...space, index }];
    }),
  );
}

/** Those whose vectors are not the ones that are there. @throws Problem `invalid-request` where only the user could make them */
function spacesToFill(before: Spaces, after: Spaces, rebuild: readonly string[]): string[] {
  return Object.entries(after).flatMap(([name, space]) => {
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    const kept = old !== undefined && madeBy(old) === madeBy(space) && !rebuild.includes(name);
    if (kept) return [];
    if (old !== undefined && (old.model === "none" || space.model === "none"))
      throw refused(`/spaces/${name}`, OWN_VECTORS);
    return space.model === "none" ? [] : [name];
  });
}

const OWN_VECTORS =
  "its vectors are brought by you: add a space of another name, and write them there";

/** What a space's vectors depend on. */
function madeBy({ index: _, weight: __, ...rest }: SettledSpace): string {
  return canonicalJson(rest);
}

function refused(pointer: string, message: string): Problem {
  return new Problem("invalid-request", "Mend the spaces.", { errors: [{ pointer, message }] });
}
