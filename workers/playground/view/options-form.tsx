import type { JSX } from "preact";
import type { Fuse } from "../../../shared/contracts/query.ts";
import type { Draft, Options } from "../state/draft.ts";
import type { Page } from "../state/page.ts";
import { mayAddUp, hasQuestion, RERANKED_HITS } from "../state/to-request.ts";

interface OptionsFormProps {
  readonly page: Page;
  readonly draft: Draft;
}

const FUSIONS: readonly { readonly fuse: Fuse; readonly words: string; readonly note: string }[] = [
  { fuse: "ranks", words: "by rank", note: "only places in the rankings count" },
  { fuse: "scores", words: "by score", note: "how similar counts too" },
  { fuse: "vectors", words: "as one vector", note: "the parts are added up; needs two" },
];

/** How the answer is to be made. A change is asked at once. */
export function OptionsForm({ page, draft }: OptionsFormProps): JSX.Element {
  const { options } = draft;
  const set = (change: Partial<Options>) =>
    void page.search({ options: { ...options, ...change } });
  return (
    <div class="options">
      <fieldset>
        <legend>Combine the rankings</legend>
        {FUSIONS.map(({ fuse, words, note }) => (
          <Choice
            key={fuse}
            type="radio"
            words={words}
            note={note}
            checked={options.fuse === fuse}
            disabled={fuse === "vectors" && !mayAddUp(draft)}
            onChange={() => set({ fuse })}
          />
        ))}
      </fieldset>
      <fieldset>
        <legend>Take more care</legend>
        <Choice
          type="checkbox"
          words="read the best again"
          note={`${RERANKED_HITS} hits, beside your words; slower`}
          checked={options.rerank}
          disabled={!hasQuestion(draft)}
          onChange={(rerank) => set({ rerank })}
        />
        <Choice
          type="checkbox"
          words="search exactly"
          note="without an index, and say what it would miss"
          checked={options.exact}
          onChange={(exact) => set({ exact })}
        />
        <Choice
          type="checkbox"
          words="fold near-duplicates"
          note="under the better one"
          checked={options.fold}
          onChange={(fold) => set({ fold })}
        />
      </fieldset>
    </div>
  );
}

interface ChoiceProps {
  readonly type: "radio" | "checkbox";
  readonly words: string;
  readonly note: string;
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly onChange: (checked: boolean) => void;
}

function Choice({ type, words, note, checked, disabled, onChange }: ChoiceProps): JSX.Element {
  return (
    <label class="choice">
      <input
        type={type}
        name={type === "radio" ? "fuse" : undefined}
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>
        {words} <span class="muted">{note}</span>
      </span>
    </label>
  );
}
