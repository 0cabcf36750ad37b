import type { z } from "zod";
import type { Caller } from "../../shared/contracts/caller.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { ReshardedResult, WriteEvent } from "../../shared/contracts/write-event.ts";
import type { SettledSpace, Space } from "../../shared/contracts/space.ts";
import { canonicalJson } from "../../shared/std/canonical-json.ts";
import { changeMap } from "./change-map.ts";
import { settleSpaces } from "./settle-spaces.ts";
import type { WriteDeps } from "./write.ts";

type ChangeEvent = Extract<z.output<typeof WriteEvent>, { op: "change-spaces" }>;
type Spaces = Readonly<Record<string, SettledSpace>>;

/**
 * Settles which spaces a collection is to have; its shards stay what they are. Once its regions have moved, the primary makes the
 * vectors that the new spaces lack.
 *
 * @throws Problem `invalid-request`, `limit-exceeded`, `embedder-unavailable`, and as `changeMap`
 */
export async function changeSpaces(
  deps: WriteDeps,
  caller: Caller,
  event: ChangeEvent,
  signal: AbortSignal,
): Promise<z.output<typeof ReshardedResult>> {
  const { request } = event;
  return changeMap(
    deps,
    caller,
    event,
    async ({ version: _, ...now }, record) => {
      const before = now.spaces ?? record.spaces;
      const asked = { ...request.spaces, ...asTheyAre(before, request) };
      const settled = await settleSpaces(deps.embedder, asked, signal);
      const schemaVersion = (now.schemaVersion ?? record.schemaVersion) + 1;
      const changed = Object.entries(settled).map(([name, space]): [string, SettledSpace] => [
        name,
        counted(name, before[name], space, schemaVersion, request.rebuild),
      ]);
      const spaces = { ...before, ...Object.fromEntries(changed) };
      if (Object.keys(spaces).length > LIMITS.spacesMax)
        throw new Problem("limit-exceeded", `A collection has at most ${LIMITS.spacesMax} spaces.`);
      if (canonicalJson(spaces) === canonicalJson(before)) return now;
      // Another index or weight alone is no matter of the log.
      const raised = Object.values(spaces).some(({ since }) => since === schemaVersion);
      return { ...now, spaces, ...(raised ? { schemaVersion } : {}) };
    },
    signal,
  );
}

/** The spaces to rebuild, as a caller would ask for them again. */
function asTheyAre(
  before: Spaces,
  { spaces, rebuild }: ChangeEvent["request"],
): Record<string, Space> {
  return Object.fromEntries(
    rebuild.map((name, i) => {
      const at = `/rebuild/${i}`;
      if (Object.hasOwn(spaces, name)) throw refused(at, "it is in spaces too: name it once");
      const space = Object.hasOwn(before, name) ? before[name] : undefined;
      if (space === undefined)
        throw refused(at, `the collection's spaces are ${Object.keys(before).join(", ")}`);
      if (space.model === "none") throw refused(at, OWN_VECTORS);
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

/**
 * A space as it was settled now, with the schema version that its vectors count from: the one that they had, where they are the same.
 * @throws Problem `invalid-request` where only the user could make them anew
 */
function counted(
  name: string,
  old: SettledSpace | undefined,
  space: SettledSpace,
  schemaVersion: number,
  rebuild: readonly string[],
): SettledSpace {
  const rebuilt = rebuild.includes(name);
  // A rebuilt space is found as it was, by the index that was settled for it.
  const index = rebuilt ? old?.index : space.index;
  const settled = index === undefined ? space : { ...space, index };
  if (old !== undefined && madeBy(old) === madeBy(space) && !rebuilt)
    return old.since === undefined ? settled : { ...settled, since: old.since };
  if (old !== undefined && (old.model === "none" || space.model === "none"))
    throw refused(`/spaces/${name}`, OWN_VECTORS);
  return { ...settled, since: schemaVersion };
}

const OWN_VECTORS =
  "its vectors are brought by you: add a space of another name, and write them there";

/** What a space's vectors depend on. */
function madeBy({ index: _, weight: __, since: ___, ...rest }: SettledSpace): string {
  return canonicalJson(rest);
}

function refused(pointer: string, message: string): Problem {
  return new Problem("invalid-request", "Mend the spaces.", { errors: [{ pointer, message }] });
}
