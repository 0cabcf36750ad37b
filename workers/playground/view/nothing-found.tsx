import type { JSX } from "preact";
import type { Page } from "../state/page.ts";
import type { PageState } from "../state/page-state.ts";
import { fieldsOf } from "../state/fields-of.ts";
import { filterWords } from "../words/filter-words.ts";

interface NothingFoundProps {
  readonly page: Page;
  readonly state: PageState;
}

/** An empty answer, and what to do about it: filters are the usual cause, and one of them may be enough to drop. */
export function NothingFound({ page, state }: NothingFoundProps): JSX.Element {
  const filters = state.shown?.draft.filters ?? [];
  const fields = fieldsOf(state.status, state.draft.collection);
  return (
    <div class="box">
      <h2>Nothing was found</h2>
      {filters.length === 0 ? (
        <p>The collection is empty, or has nothing that this query can be compared with.</p>
      ) : (
        <>
          <p>
            {filters.length === 1
              ? "Nothing passes the filter."
              : "Nothing passes all of the filters."}
          </p>
          <p class="actions">
            {filters.length > 1 &&
              filters.map((filter) => {
                const words = filterWords(filter, fields);
                return (
                  <button
                    key={words}
                    type="button"
                    class="small"
                    onClick={() =>
                      void page.search({ filters: filters.filter((one) => one !== filter) })
                    }
                  >
                    Drop “{words}”
                  </button>
                );
              })}
            <button type="button" class="small" onClick={() => void page.search({ filters: [] })}>
              {filters.length === 1 ? "Drop the filter" : "Drop all filters"}
            </button>
          </p>
        </>
      )}
    </div>
  );
}
