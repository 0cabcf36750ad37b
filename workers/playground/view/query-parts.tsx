import type { JSX } from "preact";
import { partsOf, withEmphasis, withoutPart, type Draft, type Part } from "../state/draft.ts";
import type { Page } from "../state/page.ts";
import { partLabel, partName } from "../words/part-words.ts";
import { EmphasisControl } from "./emphasis-control.tsx";
import { Icon } from "./icons.tsx";

interface QueryPartsProps {
  readonly page: Page;
  readonly draft: Draft;
}

/** The parts of the query, each with its weight, its direction and its way out. Words that stand alone need none of this. */
export function QueryParts({ page, draft }: QueryPartsProps): JSX.Element | null {
  const parts = partsOf(draft);
  const [only] = parts;
  const together = parts.length > 1;
  if (only === undefined || (!together && only.kind === "words" && !only.negative)) return null;
  return (
    <ul class="parts" aria-label="Parts of the query">
      {parts.map((part) => (
        <li key={keyOf(part)} class={part.negative ? "part negative" : "part"}>
          <Thumbnail part={part} />
          <span class="part-text">
            <span class="part-label" title={titleOf(part)}>
              {partLabel(part)}
            </span>
            {part.kind === "picture" && <span class="muted">not in the link</span>}
          </span>
          {(together || part.negative) && (
            <EmphasisControl
              name={partName(part)}
              emphasis={part}
              onChange={(change) => void page.change(withEmphasis(draft, part, change))}
            />
          )}
          <button
            type="button"
            class="quiet"
            aria-label={`Remove ${partName(part)}`}
            onClick={() => void page.change(withoutPart(draft, part))}
          >
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}

function Thumbnail({ part }: { readonly part: Part }): JSX.Element | null {
  const src =
    part.kind === "picture"
      ? `data:${part.type};base64,${part.base64}`
      : part.kind === "like"
        ? part.thumbnailUrl
        : null;
  return src === null ? null : <img src={src} alt="" width={28} height={28} />;
}

/** In full: what the label shortens, and the picture's name. */
function titleOf(part: Part): string {
  switch (part.kind) {
    case "words":
      return part.text;
    case "picture":
      return `${part.name}: a link to this query goes without it`;
    case "like":
      return part.title;
  }
}

function keyOf(part: Part): string {
  return part.kind === "like" ? `like ${part.id}` : part.kind;
}
