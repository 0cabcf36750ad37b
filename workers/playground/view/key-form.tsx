import type { JSX } from "preact";
import type { Page } from "../state/page.ts";

/** Asks for a key where the link brought none, or one that is not known. */
export function KeyForm({ page }: { readonly page: Page }): JSX.Element {
  const submit = (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const key = new FormData(event.currentTarget).get("key");
    if (typeof key === "string" && key.trim() !== "") {
      page.useKey(key.trim());
      void page.search();
    }
  };
  return (
    <form class="box key-form" onSubmit={submit}>
      <h2>A key is needed</h2>
      <p>
        <code>npm start</code> prints a link that brings one. Or paste a key here: it stays in this
        tab.
      </p>
      <p class="actions">
        <label class="sr" for="key">
          API key
        </label>
        <input
          id="key"
          name="key"
          type="password"
          autocomplete="off"
          placeholder="API key"
          required
        />
        <button type="submit" class="go">
          Use it
        </button>
      </p>
    </form>
  );
}
