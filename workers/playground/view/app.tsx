import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { LocationEntry } from "../../../shared/contracts/edge-env.ts";
import { DEMO } from "../state/draft.ts";
import type { Page } from "../state/page.ts";
import { AnswerStrip, PATIENT_DEADLINE_MS } from "./answer-strip.tsx";
import { Examples } from "./examples.tsx";
import { IngestProgress } from "./ingest-progress.tsx";
import { KeyForm } from "./key-form.tsx";
import { QueryBar } from "./query-bar.tsx";
import { Rail } from "./rail.tsx";
import { Results } from "./results.tsx";
import { TopBar } from "./top-bar.tsx";
import { TroubleBox } from "./trouble-box.tsx";

interface AppProps {
  readonly page: Page;
  readonly origin: string;
  readonly wide: MediaQueryList;
  readonly linkTo: (location: LocationEntry) => string;
  readonly onTheme: () => void;
}

/** The whole page. */
export function App({ page, origin, wide, linkTo, onTheme }: AppProps): JSX.Element {
  const state = useLive(page);
  const isWide = useMatch(wide);
  const { shown } = state;
  const { collection } = state.draft;
  return (
    <>
      <a class="skip" href="#results">
        Skip to the results
      </a>
      <TopBar status={state.status} collection={collection} linkTo={linkTo} onTheme={onTheme} />
      <main class="page">
        <div class="ask">
          <h1 class="sr">Search</h1>
          <QueryBar page={page} state={state} />
          {collection === DEMO && <Examples page={page} />}
          <AnswerStrip
            shown={shown}
            status={state.status}
            onAskForAll={() => void page.search(shown?.draft, { deadlineMs: PATIENT_DEADLINE_MS })}
          />
        </div>
        <Rail page={page} state={state} isWide={isWide} origin={origin} />
        <div id="results" class="results" tabIndex={-1}>
          {collection === DEMO && (
            <IngestProgress searchable={state.searchable} expected={state.expected} />
          )}
          <TroubleBox page={page} state={state} />
          {state.hasKey ? <Results page={page} state={state} /> : <KeyForm page={page} />}
        </div>
      </main>
      <p class="sr" role="status">
        {state.announcement}
      </p>
    </>
  );
}

function useLive(page: Page) {
  const [state, setState] = useState(page.state);
  useEffect(() => {
    setState(page.state); // What changed between the first drawing and now.
    return page.subscribe(() => setState(page.state));
  }, [page]);
  return state;
}

function useMatch(query: MediaQueryList): boolean {
  const [matches, setMatches] = useState(query.matches);
  useEffect(() => {
    const onChange = () => setMatches(query.matches);
    query.addEventListener("change", onChange);
    return () => query.removeEventListener("change", onChange);
  }, [query]);
  return matches;
}
