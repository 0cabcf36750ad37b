import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { findsSomething, isEmptyDraft, PLAIN, type Draft } from "../state/draft.ts";
import type { Page } from "../state/page.ts";
import type { PageState } from "../state/page-state.ts";
import { readPicture } from "../state/read-picture.ts";
import { Icon } from "./icons.tsx";
import { LostPicture } from "./lost-picture.tsx";
import { QueryParts } from "./query-parts.tsx";
import { QueryTools } from "./query-tools.tsx";
import { UnreadLink } from "./unread-link.tsx";

interface QueryBarProps {
  readonly page: Page;
  readonly state: PageState;
}

/** The query: a text, a picture (chosen, pasted or dropped), documents to be like or unlike, in any mixture; and its filters. */
export function QueryBar({ page, state }: QueryBarProps): JSX.Element {
  const [refused, setRefused] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const { draft, searching } = state;
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    const picture = await readPicture(file);
    setRefused(
      picture === null
        ? `${file.name || "What was pasted"} is not a picture that can be read.`
        : null,
    );
    if (picture !== null) await page.search({ picture: { ...PLAIN, ...picture } });
  };
  const allowDrop = (event: DragEvent, isOver: boolean) => {
    event.preventDefault();
    setOver(isOver);
  };
  const onPicture = (file: File | undefined) => void take(file);
  return (
    <div
      class={over ? "query over" : "query"}
      onDragOver={(event) => allowDrop(event, true)}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        allowDrop(event, false);
        onPicture(event.dataTransfer?.files[0]);
      }}
    >
      <div class="bar">
        <WordsForm page={page} draft={draft} onPicture={onPicture} />
        <QueryParts page={page} draft={draft} />
        <QueryTools page={page} state={state} onPicture={onPicture} />
      </div>
      <div class={searching ? "hairline busy" : "hairline"} />
      {refused !== null && (
        <p class="refused" role="alert">
          {refused}
        </p>
      )}
      {!isEmptyDraft(draft) && !findsSomething(draft) && (
        <p class="refused" role="alert">
          This only pushes things down. Say also what to look for: words, a picture, or more like a
          result.
        </p>
      )}
      <UnreadLink unread={state.unread} />
      <LostPicture name={state.pictureLost} onPicture={onPicture} />
    </div>
  );
}

interface WordsFormProps {
  readonly page: Page;
  readonly draft: Draft;
  readonly onPicture: (file: File | undefined) => void;
}

function WordsForm({ page, draft, onPicture }: WordsFormProps): JSX.Element {
  const alone = draft.picture === null && draft.likes.length === 0;
  return (
    <form
      class="words"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        void page.search();
      }}
    >
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
      <button type="submit" class="go" aria-label="Search">
        <Icon name="search" /> <span>Search</span>
      </button>
    </form>
  );
}
