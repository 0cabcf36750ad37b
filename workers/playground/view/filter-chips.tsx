import type { JSX } from "preact";
import type { FieldType } from "../../../shared/domain/field-value.ts";
import type { Draft } from "../state/draft.ts";
import type { Page } from "../state/page.ts";
import { filterWords } from "../words/filter-words.ts";
import { Icon } from "./icons.tsx";

interface FilterChipsProps {
  readonly page: Page;
  readonly draft: Draft;
  readonly fields: Readonly<Record<string, FieldType>>;
}

/** The filters that hold, each with its way out. */
export function FilterChips({ page, draft, fields }: FilterChipsProps): JSX.Element | null {
  const { filters } = draft;
  if (filters.length === 0) return null;
  return (
    <ul class="parts" aria-label="Filters">
      {filters.map((filter) => {
        const words = filterWords(filter, fields);
        return (
          <li key={words} class="part">
            <span class="part-label">{words}</span>
            <button
              type="button"
              class="quiet"
              aria-label={`Drop the filter: ${words}`}
              onClick={() => void page.search({ filters: filters.filter((one) => one !== filter) })}
            >
              <Icon name="close" />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
