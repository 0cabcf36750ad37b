import type { ContentPartEvent, ContentPartResult } from "../../shared/contracts/content-part.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { contentPart, type ContentPartDeps } from "./content-part.ts";

export interface AnswerContentDeps extends ContentPartDeps {
  readonly region: string;
  readonly catalog: Catalog;
}

/** Tells another region a part of what this one, the collection's primary, shows of it at a point. */
export async function answerContent(
  { region, catalog, ...deps }: AnswerContentDeps,
  { tenant, name, incarnation, point, from }: ContentPartEvent,
  signal: AbortSignal,
): Promise<ContentPartResult> {
  const record = await catalog.get(tenant, name, signal);
  if (record.incarnation !== incarnation || record.primary !== region) return { part: null };
  return { part: await contentPart(deps, record, point, from, signal) };
}
