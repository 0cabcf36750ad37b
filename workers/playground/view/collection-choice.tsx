import type { JSX } from "preact";
import { collectionsOf } from "../state/fields-of.ts";
import type { Page } from "../state/page.ts";
import type { PageState } from "../state/page-state.ts";

interface CollectionChoiceProps {
  readonly page: Page;
  readonly state: PageState;
}

/** What is searched, and what else the key can read. */
export function CollectionChoice({ page, state }: CollectionChoiceProps): JSX.Element {
  const { collection } = state.draft;
  return (
    <label class="tool in">
      in{" "}
      <select
        aria-label="Collection"
        value={collection}
        onChange={(event) => void page.choose(event.currentTarget.value)}
      >
        {collectionsOf(state.status, collection).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}
