import type { ClientErrorCode } from "../../../shared/client/nearfield-error.ts";

/** What happened, for people who asked a question; codes without words of their own keep the problem's title. */
const WORDS: Readonly<Partial<Record<ClientErrorCode, string>>> = {
  "network-error": "This location can't be reached.",
  timeout: "No answer came in time.",
  "deadline-exceeded": "The answer did not come within its deadline.",
  "region-unavailable": "None of the regions could answer.",
  "primary-unavailable": "The region that takes the writes can't be reached.",
  "embedder-unavailable": "The query can't be turned into a vector just now.",
  "consistency-unavailable": "No region is as fresh as this search asks for.",
  "media-rejected": "This picture can't be read.",
  "unsupported-media-type": "This kind of picture can't be read.",
  "body-too-large": "This picture is too large.",
  "not-found": "There is nothing of that name yet.",
  "broken-off": "The answer broke off.",
  forbidden: "This key may read, but not write.",
  unauthenticated: "This key is not known here.",
  overloaded: "Too much work is waiting.",
};

export function problemWords(code: ClientErrorCode, title: string): string {
  return WORDS[code] ?? `${title}.`;
}
