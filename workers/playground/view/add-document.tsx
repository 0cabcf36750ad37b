import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { DocumentInput } from "../../../shared/contracts/document.ts";
import { DEMO, EMPTY_DRAFT } from "../state/draft.ts";
import type { PageState } from "../state/page-state.ts";
import type { Page } from "../state/page.ts";
import { readPicture } from "../state/read-picture.ts";
import { wholeWords } from "../words/numbers.ts";

/** Writes one document. Its position travels with the searches after it, so they find it at any location. */
export function AddDocument({
  page,
  state,
}: {
  readonly page: Page;
  readonly state: PageState;
}): JSX.Element {
  const { adding, added, draft } = state;
  const [refused, setRefused] = useState<string | null>(null);
  const submit = async (form: HTMLFormElement) => {
    const fields = new FormData(form);
    const [title, text, file] = [
      textOf(fields, "title"),
      textOf(fields, "text"),
      fields.get("picture"),
    ];
    const wantsPicture = file instanceof File && file.size > 0;
    const picture = wantsPicture ? await readPicture(file) : null;
    if (wantsPicture && picture === null)
      return setRefused("This file is not a picture that can be read.");
    if (text === "" && picture === null) return setRefused("A text or a picture is needed.");
    setRefused(null);
    await page.add({
      ...(title === "" ? {} : { title }),
      ...(text === "" ? {} : { text }),
      ...(picture === null ? {} : { image: { base64: picture.base64 } }),
      ...kindIn(draft.collection, picture !== null),
    });
  };
  return (
    <details class="add">
      <summary>Add a document</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit(event.currentTarget);
        }}
      >
        <Fields />
        <button type="submit" class="small" disabled={adding}>
          {adding ? "Adding…" : "Add"}
        </button>
        {refused !== null && (
          <p class="refused" role="alert">
            {refused}
          </p>
        )}
      </form>
      {added !== null && (
        <p>
          Durable at position {wholeWords(added.reply.position)},{" "}
          {added.reply.applied ? "searchable" : "not yet applied"} in {added.reply.region}.{" "}
          <button
            type="button"
            class="small"
            onClick={() =>
              void page.search({
                ...EMPTY_DRAFT,
                collection: draft.collection,
                text: added.title.slice(0, 200),
              })
            }
          >
            Search for it
          </button>
        </p>
      )}
    </details>
  );
}

/** The demo tells its pictures from its passages by a field. */
function kindIn(collection: string, isPicture: boolean): Pick<DocumentInput, "metadata"> {
  return collection === DEMO ? { metadata: { kind: isPicture ? "picture" : "passage" } } : {};
}

function Fields(): JSX.Element {
  return (
    <>
      <label>
        Title <input name="title" maxLength={500} autocomplete="off" />
      </label>
      <label>
        Text <textarea name="text" rows={4} maxLength={40_000} />
      </label>
      <label>
        Picture <input name="picture" type="file" accept="image/*" />
      </label>
    </>
  );
}

function textOf(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === "string" ? value.trim() : "";
}
