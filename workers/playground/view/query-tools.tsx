import type { ComponentChildren, JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { DEFAULT_OPTIONS, type Options } from "../state/draft.ts";
import type { Page } from "../state/page.ts";
import type { PageState } from "../state/page-state.ts";
import { fieldsOf } from "../state/fields-of.ts";
import { CollectionChoice } from "./collection-choice.tsx";
import { FilterChips } from "./filter-chips.tsx";
import { FilterForm } from "./filter-form.tsx";
import { Icon } from "./icons.tsx";
import { OptionsForm } from "./options-form.tsx";
import { PictureInput } from "./picture-input.tsx";

interface QueryToolsProps {
  readonly page: Page;
  readonly state: PageState;
  readonly onPicture: (file: File | undefined) => void;
}

type Drawer = "filter" | "options";

/** What may be added to the words, one drawer open at a time; and the filters that hold. */
export function QueryTools({ page, state, onPicture }: QueryToolsProps): JSX.Element {
  const [open, setOpen] = useState<Drawer | null>(null);
  const buttons = useRef(new Map<Drawer, HTMLButtonElement | null>());
  const close = () => {
    if (open !== null) buttons.current.get(open)?.focus();
    setOpen(null);
  };
  const tool = (drawer: Drawer, children: ComponentChildren) => (
    <button
      ref={(button) => {
        buttons.current.set(drawer, button);
      }}
      type="button"
      class="tool"
      aria-expanded={open === drawer}
      aria-controls="drawer"
      onClick={() => setOpen(open === drawer ? null : drawer)}
    >
      {children}
    </button>
  );
  const { draft } = state;
  const changed = changedWords(draft.options);
  return (
    <>
      <div class="tools">
        <CollectionChoice page={page} state={state} />
        <PictureInput label="Picture" onPicture={onPicture} />
        {tool(
          "filter",
          <>
            <Icon name="filter" /> Filter
          </>,
        )}
        {tool(
          "options",
          <>
            <Icon name="options" /> Options{" "}
            {changed !== "" && <span class="chosen">{changed}</span>}
          </>,
        )}
        <FilterChips page={page} draft={draft} fields={fieldsOf(state.status, draft.collection)} />
      </div>
      <div
        id="drawer"
        class="drawer"
        hidden={open === null}
        onKeyDown={(event) => {
          if (event.key === "Escape") close();
        }}
      >
        {open === "filter" && <FilterForm page={page} state={state} onDone={close} />}
        {open === "options" && <OptionsForm page={page} draft={draft} />}
      </div>
    </>
  );
}

/** What is not as usual, so that nobody wonders with the drawer closed. */
function changedWords({ fuse, rerank, exact, fold }: Options): string {
  return [
    ...(fuse === DEFAULT_OPTIONS.fuse ? [] : [fuse === "scores" ? "by score" : "one vector"]),
    ...(rerank ? ["read again"] : []),
    ...(exact ? ["exact"] : []),
    ...(fold ? ["folded"] : []),
  ].join(", ");
}
