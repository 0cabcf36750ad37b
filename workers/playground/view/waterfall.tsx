import type { JSX } from "preact";
import type { Shown } from "../state/page-state.ts";
import { msWords } from "../words/numbers.ts";
import { waterfallRows, type Row } from "../words/waterfall-rows.ts";

/** Where the time of the last answer went. */
export function Waterfall({ shown }: { readonly shown: Shown }): JSX.Element | null {
  const { exchange, reply } = shown;
  const { rows, totalMs } = waterfallRows(
    exchange?.serverTiming ?? null,
    reply.timings,
    reply.region,
  );
  if (exchange === null) return null;
  return (
    <section aria-label="Where the time went">
      <h2>
        Where the time went <span class="muted">{msWords(totalMs)}</span>
      </h2>
      <WaterfallRows rows={rows} totalMs={totalMs} />
    </section>
  );
}

interface WaterfallRowsProps {
  readonly rows: readonly Row[];
  readonly totalMs: number;
}

/** Stages on one time line. Bars are in SVG, whose attributes the page's policy allows. */
export function WaterfallRows({ rows, totalMs }: WaterfallRowsProps): JSX.Element {
  const scaleMs = Math.max(totalMs, 0.1);
  return (
    <ol class="waterfall">
      {rows.map(({ name, kind, bars, ms }) => (
        <li key={name} class={kind}>
          <span>{name}</span>
          <svg
            class={`bars ${kind}`}
            viewBox={`0 0 ${scaleMs} 1`}
            preserveAspectRatio="none"
            aria-hidden="true"
          >
            {bars.map(({ startMs, lengthMs }, place) => (
              <rect
                key={place}
                x={startMs}
                y={0}
                width={Math.max(lengthMs, scaleMs / 150)}
                height={1}
              />
            ))}
          </svg>
          <span class="number">{msWords(ms)}</span>
        </li>
      ))}
    </ol>
  );
}
