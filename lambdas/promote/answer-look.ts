import type { z } from "zod";
import type { LookResult, ReplicateEvent } from "../../shared/contracts/region-event.ts";
import type { Point } from "../../shared/domain/point.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { Placements } from "../catalog/placements.ts";
import type { Silence } from "./silence.ts";

export interface LookDeps {
  readonly region: string;
  readonly catalog: Catalog;
  readonly placements: Placements;
  readonly silence: Silence;
}

type LookEvent = Extract<z.output<typeof ReplicateEvent>, { op: "look" }>;

/** Says to another region how far collections are here, and which regions were heard of. */
export async function answerLook(
  { region, silence, ...deps }: LookDeps,
  { collections }: LookEvent,
  signal: AbortSignal,
): Promise<LookResult> {
  const held = await Promise.all(collections.map((asked) => heldOf(deps, asked, signal)));
  return { region, held, silentMs: silence.all() };
}

/** Null where nothing is held, or where it can't be read in time: who asks takes both for nothing said. */
async function heldOf(
  { catalog, placements }: Pick<LookDeps, "catalog" | "placements">,
  { tenant, name, incarnation }: LookEvent["collections"][number],
  signal: AbortSignal,
): Promise<Point | null> {
  try {
    const record = await catalog.current(tenant, name, incarnation, signal);
    if (record.incarnation !== incarnation) return null;
    return (await placements.read(record, signal)).checkpoint?.point ?? null;
  } catch {
    return null;
  }
}
