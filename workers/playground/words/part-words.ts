import { partsOf, type Draft, type Part } from "../state/draft.ts";

/** Titles can be long; what stands beside them has to be seen too. */
const CHARS_MAX = 40;

/** What a part is, without its direction: `“a big cat”`, `the picture`, of which there is one, `Tiger`. */
export function partName(part: Part): string {
  switch (part.kind) {
    case "words":
      return `“${shortened(part.text)}”`;
    case "picture":
      return "the picture";
    case "like":
      return shortened(part.title);
  }
}

/** A part with its direction, as its chip has it: `like Tiger`, `less like the picture`. */
export function partLabel(part: Part): string {
  if (part.negative) return `less like ${partName(part)}`;
  return part.kind === "like" ? `like ${partName(part)}` : partName(part);
}

/** Short words for a query, as the list of last queries has them: `a big cat + like Tiger − Sun`. */
export function draftWords(draft: Draft): string {
  return partsOf(draft)
    .map((part, place) => {
      const sign = part.negative ? "− " : place === 0 ? "" : "+ ";
      const name = part.kind === "words" ? part.text : partName(part);
      return `${sign}${part.kind === "like" && !part.negative ? "like " : ""}${name}`;
    })
    .join(" ");
}

/** `× 1`, `× 0.5` */
export function weightWords(weight: number): string {
  return `× ${String(Number(weight.toFixed(4))).replace("-", "−")}`;
}

function shortened(text: string): string {
  return text.length <= CHARS_MAX ? text : `${text.slice(0, CHARS_MAX - 1).trimEnd()}…`;
}
