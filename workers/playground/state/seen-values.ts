import type { Shown } from "./page-state.ts";

const VALUES_MAX = 20;

/** Texts that the hits on the page have in a field, the commonest first: what a filter is likely to be made of. */
export function seenValues(shown: Shown | null, field: string): readonly string[] {
  const counts = new Map<string, number>();
  for (const { metadata } of shown?.reply.hits ?? []) {
    const value = valueAt(metadata, field);
    for (const text of Array.isArray(value) ? value : [value])
      if (typeof text === "string" && text !== "") counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, VALUES_MAX)
    .map(([text]) => text);
}

/** `a.b` is the field b of the object a. */
function valueAt(metadata: unknown, field: string): unknown {
  let value = metadata;
  for (const key of field.split(".")) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    value = Object.getOwnPropertyDescriptor(value, key)?.value;
  }
  return value;
}
