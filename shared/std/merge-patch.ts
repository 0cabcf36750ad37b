import type { Json } from "./canonical-json.ts";

type JsonObject = { readonly [key: string]: Json | undefined };

/**
 * A JSON value changed by a merge patch: members replace or are added, null removes, anything but an object replaces the whole.
 * @see RFC 7396
 */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null || value === undefined) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
