import type { JSX } from "preact";
import type { PageState, Trouble } from "../state/page-state.ts";
import type { Page } from "../state/page.ts";
import { problemWords } from "../words/problem-words.ts";
import { CopyButton } from "./copy-button.tsx";
import { Icon } from "./icons.tsx";

/** What failed and what to do about it; older results stay below. */
export function TroubleBox({
  page,
  state,
}: {
  readonly page: Page;
  readonly state: PageState;
}): JSX.Element | null {
  const { trouble, nowMs } = state;
  if (trouble === null) return null;
  const { error } = trouble;
  const waitS =
    trouble.retryAtMs === null ? 0 : Math.max(0, Math.ceil((trouble.retryAtMs - nowMs) / 1_000));
  return (
    <div class="box trouble" role="group" aria-label="What went wrong">
      <h2>{problemWords(error.code, error.title)}</h2>
      <p>{error.hint}</p>
      {error.errors.length > 0 && (
        <ul>
          {error.errors.map(({ pointer, message }) => (
            <li key={pointer}>
              <code>{pointer}</code> {message}
            </li>
          ))}
        </ul>
      )}
      <p class="facts">
        <code>{error.code}</code>
        {error.requestId !== null && (
          <span class="id">
            <code>{error.requestId}</code>
            <CopyButton text={error.requestId} what="the request's id" />
          </span>
        )}
      </p>
      <p class="actions">
        {trouble.doing !== "write" && (
          <button
            type="button"
            class="small"
            disabled={waitS > 0}
            onClick={() => retry(page, trouble)}
          >
            {waitS > 0 ? `Try again in ${waitS} s` : "Try again"}
          </button>
        )}
        {error.code === "consistency-unavailable" && (
          <button
            type="button"
            class="small"
            onClick={() => void page.search({}, { consistency: "eventual" })}
          >
            Show what there is, however old
          </button>
        )}
        <MendQuery page={page} state={state} />
        <button
          type="button"
          class="quiet"
          aria-label="Close this message"
          onClick={() => page.dismissTrouble()}
        >
          <Icon name="close" />
        </button>
      </p>
    </div>
  );
}

/** What of the query was refused, where the page can take it away. */
function MendQuery({
  page,
  state: { trouble, draft },
}: {
  readonly page: Page;
  readonly state: PageState;
}): JSX.Element | null {
  const refused = (place: string) =>
    trouble?.error.errors.some(({ pointer }) => pointer.startsWith(place)) === true;
  if (draft.options.fuse === "vectors" && refused("/fuse"))
    return (
      <button
        type="button"
        class="small"
        onClick={() => void page.search({ options: { ...draft.options, fuse: "ranks" } })}
      >
        Combine by rank
      </button>
    );
  if (draft.filters.length > 0 && refused("/filter"))
    return (
      <button type="button" class="small" onClick={() => void page.search({ filters: [] })}>
        Drop the filters
      </button>
    );
  return null;
}

function retry(page: Page, { doing }: Trouble): void {
  if (doing === "answer") void page.answer();
  else if (doing === "explain") void page.explain();
  else void page.search();
}
