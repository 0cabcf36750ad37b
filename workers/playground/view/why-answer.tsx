import type { JSX } from "preact";
import type { Shown } from "../state/page-state.ts";
import { msWords } from "../words/numbers.ts";
import { planWords } from "../words/plan-words.ts";
import { stageRows, waterfallRows } from "../words/waterfall-rows.ts";
import { WaterfallRows } from "./waterfall.tsx";

/** How the answer came about: the plan in words, and the time of each stage and shard. */
export function WhyAnswer({ shown }: { readonly shown: Shown }): JSX.Element {
  const { explained } = shown;
  const sentences = explained === null ? [] : planWords(explained.reply);
  return (
    <section id="why-answer" class="box why-answer" aria-label="Why these results">
      {explained === null ? (
        <p class="muted">Asking how this came about…</p>
      ) : (
        <>
          <div>
            <h2>How it was found</h2>
            <ul class="plan">
              {sentences.map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
          </div>
          <Times shown={shown} />
        </>
      )}
    </section>
  );
}

/**
 * The stages of the request that was explained. Where its answer came out of a cache, they are those of when it was computed.
 */
function Times({ shown }: { readonly shown: Shown }): JSX.Element | null {
  const { explained } = shown;
  const plan = explained?.reply.explain;
  if (explained === null || plan === undefined) return null;
  const { reply, exchange } = explained;
  const computed = reply.timings !== undefined;
  const { rows, totalMs } = computed
    ? waterfallRows(exchange?.serverTiming ?? null, reply.timings, reply.region, plan)
    : stageRows(plan.stages, plan);
  return (
    <div>
      <h2>
        {computed ? "Where the time went" : `When ${reply.region} computed it`}{" "}
        <span class="muted">{msWords(totalMs)}</span>
      </h2>
      <WaterfallRows rows={rows} totalMs={totalMs} />
      {explained.exchange !== shown.exchange && (
        <p class="why">
          To tell this, the query was asked once more with <code>explain</code>; the results are the
          same.
        </p>
      )}
    </div>
  );
}
