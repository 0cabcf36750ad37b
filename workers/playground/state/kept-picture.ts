import type { Emphasis, Picture } from "./draft.ts";

/** The picture that the page put into this tab's history, where it did; an older page of ours may have put something else. */
export function keptPicture(state: unknown): (Picture & Emphasis) | null {
  if (typeof state !== "object" || state === null || !("picture" in state)) return null;
  const { picture } = state;
  if (typeof picture !== "object" || picture === null) return null;
  return isPart(picture) ? picture : null;
}

function isPart(kept: object): kept is Picture & Emphasis {
  return (
    "name" in kept &&
    typeof kept.name === "string" &&
    "type" in kept &&
    typeof kept.type === "string" &&
    "base64" in kept &&
    typeof kept.base64 === "string" &&
    "weight" in kept &&
    typeof kept.weight === "number" &&
    "negative" in kept &&
    typeof kept.negative === "boolean"
  );
}
