import { Problem } from "./problems.ts";

export const FILTER_FORM =
  "{field: value} or {field: {$eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $prefix, $contains, $exists}}, " +
  "combined by $and, $or, $not.";

/** Keys are the caller's: an error does not repeat a long one. */
const KEY_CHARS_MAX = 260;

/** JSON Pointer (RFC 6901) of a member. */
export function pointerTo(at: string, key: string): string {
  return `${at}/${key.slice(0, KEY_CHARS_MAX).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

export function filterRefused(pointer: string, message: string): Problem {
  return new Problem("invalid-filter", `Mend the filter: ${FILTER_FORM}`, {
    errors: [{ pointer, message }],
  });
}

export function filterOverLimit(pointer: string, message: string): Problem {
  return new Problem("limit-exceeded", "Use a smaller filter.", { errors: [{ pointer, message }] });
}
