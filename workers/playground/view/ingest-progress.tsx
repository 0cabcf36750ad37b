import type { JSX } from "preact";
import { wholeWords } from "../words/numbers.ts";

interface IngestProgressProps {
  readonly searchable: number | null;
  readonly expected: number | null;
}

/** While the demo is being loaded: how much of it can be found already. */
export function IngestProgress({ searchable, expected }: IngestProgressProps): JSX.Element | null {
  if (expected === null || searchable === null || searchable >= expected) return null;
  const words = `${wholeWords(searchable)} of ${wholeWords(expected)} searchable`;
  return (
    <p class="ingest">
      <progress value={searchable} max={expected} aria-label="Loading the demo" />
      <span>{words}</span>
    </p>
  );
}
