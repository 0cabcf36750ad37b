import type { JSX } from "preact";
import type { Draft } from "../state/page-state.ts";
import type { Page } from "../state/page.ts";
import { Icon } from "./icons.tsx";

/** The parts of the query that are not words, each with its way out. */
export function QueryParts({
  page,
  draft,
}: {
  readonly page: Page;
  readonly draft: Draft;
}): JSX.Element | null {
  const { picture, like, filter } = draft;
  if (picture === null && like === null && filter === null) return null;
  return (
    <ul class="parts" aria-label="Parts of the query">
      {picture !== null && (
        <Part
          label={picture.name}
          remove="Remove the picture"
          onRemove={() => page.edit({ picture: null })}
        >
          <img
            src={`data:${picture.type};base64,${picture.base64}`}
            alt=""
            width={28}
            height={28}
          />
        </Part>
      )}
      {like !== null && (
        <Part
          label={`like ${like.title}`}
          remove="Remove the likeness"
          onRemove={() => page.edit({ like: null })}
        />
      )}
      {filter !== null && (
        <Part
          label={JSON.stringify(filter)}
          remove="Drop the filter"
          onRemove={() => page.edit({ filter: null })}
        />
      )}
    </ul>
  );
}

interface PartProps {
  readonly label: string;
  readonly remove: string;
  readonly onRemove: () => void;
  readonly children?: JSX.Element;
}

function Part({ label, remove, onRemove, children }: PartProps): JSX.Element {
  return (
    <li class="part">
      {children}
      <span class="part-label">{label}</span>
      <button type="button" class="quiet" aria-label={remove} onClick={onRemove}>
        <Icon name="close" />
      </button>
    </li>
  );
}
