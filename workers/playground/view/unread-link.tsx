import type { JSX } from "preact";
import type { Unread } from "../state/address.ts";

/** A link that was cut off or edited asks for less than it was made for: whoever opened it is told what is missing. */
export function UnreadLink({ unread }: { readonly unread: readonly Unread[] }): JSX.Element | null {
  if (unread.length === 0) return null;
  const names = unread.map((name) => (name === "filter" ? "filter" : `value of “${name}”`));
  return (
    <p class="lost" role="alert">
      The {names.join(" and the ")} in this link can’t be read: the query goes without.
    </p>
  );
}
