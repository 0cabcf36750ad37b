import type { JSX } from "preact";
import { EMPTY_DRAFT } from "../state/draft.ts";
import type { Page } from "../state/page.ts";

/** Queries that show what the demo holds: pictures by their pixels, captions, passages, and meaning rather than words. */
const EXAMPLES = [
  "a big cat",
  "sailing boat",
  "a musical instrument",
  "mountains with snow",
  "countries that export coffee",
] as const;

export function Examples({ page }: { readonly page: Page }): JSX.Element {
  return (
    <div class="examples">
      <span class="muted" id="examples-label">
        Try
      </span>
      <ul aria-labelledby="examples-label">
        {EXAMPLES.map((text) => (
          <li key={text}>
            <button
              type="button"
              class="example"
              onClick={() =>
                void page.search({ ...EMPTY_DRAFT, text, options: page.state.draft.options })
              }
            >
              {text}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
