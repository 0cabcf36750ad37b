import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Icon } from "./icons.tsx";

/** Copies a text. Where the page may not (plain HTTP from another machine), it says so, and the text can be selected. */
export function CopyButton({
  text,
  what,
}: {
  readonly text: string;
  readonly what: string;
}): JSX.Element {
  const [outcome, setOutcome] = useState<{ readonly text: string; readonly word: string } | null>(
    null,
  );
  const copy = async () => {
    const done = await copied(text);
    setOutcome({ text, word: done ? "copied" : "select it to copy" });
  };
  return (
    <button type="button" class="quiet" onClick={() => void copy()} aria-label={`Copy ${what}`}>
      <Icon name="copy" />
      <span class="copied">{outcome?.text === text ? outcome.word : "copy"}</span>
    </button>
  );
}

async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // Said on the button.
  }
}
