import type { z } from "zod";
import { Problem, type ProblemCode, type ProblemError } from "./problems.ts";

/** Issues of one refusal: more would not help its reader. */
const ERRORS_MAX = 20;

/**
 * The value as the schema's type, or a Problem with a pointer to each offence: `invalid-vector` where only vectors offend,
 * `limit-exceeded` where only bounds are passed, else `invalid-request`.
 */
export function parse<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const result = schema.safeParse(value, { error: plainWords });
  if (result.success) return result.data;
  const issues = result.error.issues.flatMap((issue) => closest(issue, [])).slice(0, ERRORS_MAX);
  const errors: ProblemError[] = issues.map((issue) => ({
    pointer: pointer(issue.path),
    message: issue.message,
  }));
  throw new Problem(codeOf(issues), `Mend ${what}; /openapi.json has its schema and limits.`, {
    errors,
  });
}

/** What zod says of a member that is not there names JavaScript's undefined, which JSON has not. */
const plainWords: z.core.$ZodErrorMap = (issue) => {
  const name = String(issue.path?.at(-1) ?? "a value");
  const { code, input } = issue;
  if (code === "invalid_union" && Array.isArray(issue.options))
    return `${name} is one of ${issue.options.map(String).join(", ")}`;
  const lacks = code === "invalid_type" || code === "invalid_value" || code === "invalid_union";
  return input === undefined && lacks ? `${name} is needed` : undefined;
};

interface Offence {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Larger than a published limit, or a number below one. */
  readonly outOfBounds: boolean;
}

/** Where no alternative of a union fits, the one that got furthest is the one that was meant. */
function closest(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): Offence[] {
  const path = [...above, ...issue.path];
  // What is wrong with a name says what names may be.
  if (issue.code === "invalid_key") return issue.issues.map((inner) => offence(inner, path));
  if (issue.code !== "invalid_union") return [offence(issue, path)];
  let best: Offence[] = [offence(issue, path)];
  for (const alternative of issue.errors) {
    const offences = alternative.flatMap((inner) => closest(inner, path));
    const [a, b] = [depth(offences), depth(best)];
    if (a > b || (a === b && offences.length < best.length)) best = offences;
  }
  return best;
}

function offence(issue: z.core.$ZodIssue, path: readonly PropertyKey[]): Offence {
  const unknown = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const outOfBounds =
    issue.code === "too_big" ||
    (issue.code === "too_small" && issue.origin !== "string" && issue.origin !== "array");
  return { path: [...path, ...unknown], message: issue.message, outOfBounds };
}

function depth(offences: readonly Offence[]): number {
  return Math.max(0, ...offences.map((offence) => offence.path.length));
}

function codeOf(offences: readonly Offence[]): ProblemCode {
  if (
    offences.length > 0 &&
    offences.every(({ path }) => path.includes("vector") || path.includes("vectors"))
  )
    return "invalid-vector";
  if (offences.length > 0 && offences.every(({ outOfBounds }) => outOfBounds))
    return "limit-exceeded";
  return "invalid-request";
}

/** @see RFC 6901 */
export function pointer(path: readonly PropertyKey[]): string {
  return path
    .map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}
