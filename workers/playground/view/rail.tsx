import type { JSX } from "preact";
import type { PageState } from "../state/page-state.ts";
import type { Page } from "../state/page.ts";
import { AddDocument } from "./add-document.tsx";
import { Ledger } from "./ledger.tsx";
import { RequestSnippets } from "./request-snippets.tsx";
import { Waterfall } from "./waterfall.tsx";
import { WorldMap } from "./world-map.tsx";

interface RailProps {
  readonly page: Page;
  readonly state: PageState;
  /** Wide pages show it beside the results, narrow ones fold it. */
  readonly isWide: boolean;
  /** This location's address. */
  readonly origin: string;
}

/** How the answer travelled. */
export function Rail({ page, state, isWide, origin }: RailProps): JSX.Element {
  const { shown, status, ledger } = state;
  return (
    <details class="rail" open={isWide}>
      <summary>How the answer travelled</summary>
      <WorldMap status={status} shown={shown} />
      {shown !== null && <Waterfall shown={shown} />}
      <Ledger page={page} lines={ledger} />
      {shown !== null && <RequestSnippets request={shown.request} origin={origin} />}
      {state.mayWrite && <AddDocument page={page} state={state} />}
    </details>
  );
}
