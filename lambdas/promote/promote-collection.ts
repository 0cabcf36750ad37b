import type { z } from "zod";
import type { Caller } from "../../shared/contracts/caller.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { PromotedResult, WriteEvent } from "../../shared/contracts/write-event.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { LineBroken } from "../replicate/judge.ts";
import type { Promoter } from "./promoter.ts";

export interface PromoteDeps {
  readonly region: string;
  readonly catalog: Catalog;
  readonly promoter: Promoter;
}

type PromoteEvent = Extract<z.output<typeof WriteEvent>, { op: "promote" }>;

/** Makes this region the collection's primary. @throws Problem `not-found`, and as `Promoter.promote` */
export async function promoteCollection(
  { region, catalog, promoter }: PromoteDeps,
  caller: Caller,
  { collection, planned }: PromoteEvent,
  signal: AbortSignal,
): Promise<PromotedResult> {
  const record = await catalog.refreshed(caller.tenant, collection, true, signal);
  const promoted = await promoter.promote(record, planned, signal).catch((cause: unknown) => {
    if (!(cause instanceof LineBroken)) throw cause;
    throw new Problem(
      "primary-unavailable",
      `${region} holds what the log has lost: promote another region, or this one with planned: false.`,
      { cause },
    );
  });
  return { kind: "promoted", region, ...promoted };
}
