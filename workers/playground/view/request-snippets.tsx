import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { RetrieveInput } from "../../../shared/client/request-types.ts";
import { curlSnippet, typescriptSnippet } from "../words/request-snippets.ts";
import { CopyButton } from "./copy-button.tsx";

const FORMS = { curl: curlSnippet, TypeScript: typescriptSnippet } as const;
const NAMES = ["curl", "TypeScript"] as const;

/** The request that was just made, to be made elsewhere. */
export function RequestSnippets({
  request,
  origin,
}: {
  readonly request: RetrieveInput;
  readonly origin: string;
}): JSX.Element {
  const [form, setForm] = useState<keyof typeof FORMS>("curl");
  const text = FORMS[form](origin, request);
  return (
    <section aria-label="This request">
      <h2>This request as</h2>
      <p class="tabs">
        {NAMES.map((name) => (
          <button
            key={name}
            type="button"
            class="small"
            aria-pressed={form === name}
            onClick={() => setForm(name)}
          >
            {name}
          </button>
        ))}
        <CopyButton text={text} what={`the ${form} request`} />
      </p>
      <pre tabIndex={0} role="region" aria-label={`${form} request`}>
        <code>{text}</code>
      </pre>
    </section>
  );
}
