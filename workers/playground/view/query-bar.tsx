import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { isEmptyDraft, type Draft } from "../state/page-state.ts";
import type { Page } from "../state/page.ts";
import { readPicture } from "../state/read-picture.ts";
import { Icon } from "./icons.tsx";
import { QueryParts } from "./query-parts.tsx";

interface QueryBarProps {
  readonly page: Page;
  readonly draft: Draft;
  readonly searching: boolean;
}

/** The query: a text, a picture (chosen, pasted or dropped), a document to be like, in any mixture. */
export function QueryBar({ page, draft, searching }: QueryBarProps): JSX.Element {
  const [refused, setRefused] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    const picture = await readPicture(file);
    setRefused(
      picture === null
        ? `${file.name || "What was pasted"} is not a picture that can be read.`
        : null,
    );
    if (picture !== null) await page.search({ picture });
  };
  const allowDrop = (event: DragEvent, isOver: boolean) => {
    event.preventDefault();
    setOver(isOver);
  };
  return (
    <form
      class={over ? "query over" : "query"}
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        void page.search();
      }}
      onDragOver={(event) => allowDrop(event, true)}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        allowDrop(event, false);
        void take(event.dataTransfer?.files[0]);
      }}
    >
      <div class="bar">
        <QueryParts page={page} draft={draft} />
        <WordsInput page={page} draft={draft} onPicture={(file) => void take(file)} />
        {!isEmptyDraft(draft) && (
          <button
            type="button"
            class="quiet"
            aria-label="Clear the query"
            onClick={() => page.clear()}
          >
            <Icon name="close" />
          </button>
        )}
        <PictureInput onPicture={(file) => void take(file)} />
        <button type="submit" class="go" aria-label="Search">
          <Icon name="search" /> <span>Search</span>
        </button>
      </div>
      <div class={searching ? "hairline busy" : "hairline"} />
      {refused !== null && (
        <p class="refused" role="alert">
          {refused}
        </p>
      )}
    </form>
  );
}

type OnPicture = (file: File | undefined) => void;

function WordsInput({
  page,
  draft,
  onPicture,
}: Omit<QueryBarProps, "searching"> & { readonly onPicture: OnPicture }): JSX.Element {
  const alone = draft.picture === null && draft.like === null;
  return (
    <>
      <label class="sr" for="q">
        Search by words
      </label>
      <input
        id="q"
        type="text"
        autocomplete="off"
        enterkeyhint="search"
        maxLength={2_000}
        placeholder={alone ? "Words, or drop a picture" : "and words"}
        value={draft.text}
        onInput={(event) => page.edit({ text: event.currentTarget.value })}
        onPaste={(event) => {
          const file = event.clipboardData?.files[0];
          if (file === undefined) return;
          event.preventDefault();
          onPicture(file);
        }}
      />
    </>
  );
}

function PictureInput({ onPicture }: { readonly onPicture: OnPicture }): JSX.Element {
  return (
    <label class="quiet file" title="Search by a picture">
      <Icon name="picture" />
      <span class="sr">Search by a picture</span>
      <input
        type="file"
        accept="image/*"
        onChange={(event) => {
          onPicture(event.currentTarget.files?.[0]);
          event.currentTarget.value = ""; // The same file may be chosen again.
        }}
      />
    </label>
  );
}
