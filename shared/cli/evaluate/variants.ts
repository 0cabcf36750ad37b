import { z } from "zod";
import { parse } from "../../contracts/parse.ts";
import type { QueryPart } from "../../contracts/query.ts";
import { RetrieveRequest } from "../../contracts/retrieve.ts";
import { UsageError } from "../usage-error.ts";
import { refusalOf } from "../complaint.ts";
import { partsOf, type EvaluationQuery } from "./query-file.ts";

/** One way to ask: members of a retrieve request that are laid over every query. */
export interface Variant {
  readonly name: string;
  readonly members: Readonly<Record<string, unknown>>;
}

/** What all variants share. */
export interface Shared {
  readonly collection: string;
  readonly k: number;
}

export const PLAIN: Variant = { name: "plain", members: {} };

/** Long, since an answer that is cut short measures the machine instead of the ranking. */
const DEADLINE_MS = 20_000;
const VARIANTS_MAX = 50;
/** A variant that changed these would not be comparable with the others. */
const FIXED = ["collection", "k", "offset"] as const;
const Members = z.record(z.string(), z.unknown());

/** @throws UsageError */
export function readVariants(texts: readonly string[]): Variant[] {
  if (texts.length === 0) return [PLAIN];
  if (texts.length > VARIANTS_MAX) throw new UsageError(`at most ${VARIANTS_MAX} variants`);
  const variants = texts.map(readVariant);
  const twice = variants.find(({ name }, i) => variants.findIndex((v) => v.name === name) !== i);
  if (twice !== undefined) throw new UsageError(`--variant ${twice.name} is there twice`);
  return variants;
}

/** Finds out before anything is asked. @throws UsageError where a variant can't be asked with these queries */
export async function requireAskable(
  variants: readonly Variant[],
  queries: readonly EvaluationQuery[],
  shared: Shared,
): Promise<void> {
  const [first] = queries;
  for (const variant of variants) {
    const wants = JSON.stringify(variant.members);
    const lacking = queries.find(
      ({ text, picture, parts }) =>
        (wants.includes("$text") && text === null) ||
        (wants.includes('"$image"') && picture === null && !parts.some((part) => "image" in part)),
    );
    if (lacking !== undefined)
      throw new UsageError(
        `--variant ${variant.name} stands on what query ${lacking.id} lacks ($text or $image)`,
      );
    if (first === undefined) continue;
    try {
      requestOf(variant, first, await partsOf(first), shared);
    } catch (error) {
      throw new UsageError(`--variant ${variant.name}: ${refusalOf(error)}`, { cause: error });
    }
  }
}

/**
 * The request of a query under a variant. A variant's `query` or `queries` replace the query's own parts; in them `$text` stands for
 * the query's text, and `"image": "$image"` for its picture.
 *
 * @param parts the query's own
 * @throws Problem where the two do not make a request
 */
export function requestOf(
  { members }: Variant,
  query: EvaluationQuery,
  parts: readonly QueryPart[],
  shared: Shared,
): RetrieveRequest {
  const { query: one, queries: several, ...others } = members;
  const fill = (template: unknown) => filled(template, query, parts);
  const asked =
    one === undefined && several === undefined
      ? { queries: parts }
      : {
          ...(one === undefined ? {} : { query: fill(one) }),
          ...(several === undefined
            ? {}
            : { queries: Array.isArray(several) ? several.map(fill) : several }),
        };
  const request = { deadlineMs: DEADLINE_MS, ...others, ...shared, ...asked };
  return parse(RetrieveRequest, request, "the variant");
}

function filled(
  template: unknown,
  { text }: EvaluationQuery,
  parts: readonly QueryPart[],
): unknown {
  const part = Members.safeParse(template);
  if (!part.success) return template; // Refused by the request's schema.
  const picture = parts.find((own) => "image" in own);
  return {
    ...part.data,
    ...(typeof part.data["text"] === "string"
      ? { text: part.data["text"].replaceAll("$text", () => text ?? "") }
      : {}),
    ...(part.data["image"] === "$image" && picture !== undefined ? { image: picture.image } : {}),
  };
}

function readVariant(text: string): Variant {
  const [, name, json] = /^([^=\s]{1,40})=(.*)$/s.exec(text) ?? [];
  if (name === undefined || json === undefined)
    throw new UsageError(`--variant ${text}: NAME=JSON is needed`);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    value = null;
  }
  const members = Members.safeParse(value);
  if (!members.success) throw new UsageError(`--variant ${name}: a JSON object is needed`);
  const fixed = FIXED.find((member) => member in members.data);
  if (fixed !== undefined)
    throw new UsageError(`--variant ${name}: ${fixed} is the same for all variants`);
  return { name, members: members.data };
}
