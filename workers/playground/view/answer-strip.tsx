import type { JSX } from "preact";
import type { Coverage } from "../../../shared/contracts/retrieve.ts";
import type { Shown } from "../state/page-state.ts";
import type { StatusReply } from "../../../shared/contracts/status.ts";
import { cacheWords } from "../words/cache-words.ts";
import { freshWords, msWords, wholeWords } from "../words/numbers.ts";
import { exactWords, rerankedWords } from "../words/plan-words.ts";
import { failoverWords } from "../words/route-words.ts";
import { serverMs } from "../words/server-timing.ts";
import { CopyButton } from "./copy-button.tsx";
import { TierLabel } from "./tier-label.tsx";

interface AnswerStripProps {
  readonly shown: Shown | null;
  readonly status: StatusReply | null;
  readonly onAskForAll: () => void;
}

/** The longest deadline that a read may have: whoever asks for all shards has time. */
export const PATIENT_DEADLINE_MS = 30_000;

/** Where the answer came from and how fresh it is. Its place is kept while there is none, so that nothing below moves. */
export function AnswerStrip({ shown, status, onAskForAll }: AnswerStripProps): JSX.Element {
  if (shown === null) return <div class="strip" />;
  const { tier, region, servedPosition, stalenessMs, coverage, requestId, exact, rerank } =
    shown.reply;
  const partial = coverage.missing.length > 0;
  const failover = failoverWords(status, shown.reply);
  const why = cacheWords(shown.exchange?.cacheStatus ?? null);
  return (
    <div class={partial ? "strip partial" : "strip"}>
      <p class="facts">
        <TierLabel tier={tier} />
        <strong class="ms">{msWords(serverMs(shown.exchange?.serverTiming ?? null))}</strong>
        <span>{freshWords(stalenessMs)}</span>
        {why !== null && <span class="more-facts">{why}</span>}
        <span class="more-facts">
          {status?.location.city ?? shown.reply.location}, by {region}
        </span>
        <span class="more-facts">position {wholeWords(servedPosition)}</span>
        <span class={partial ? "warn" : "more-facts"}>{coverageWords(coverage)}</span>
        {exact !== undefined && <span>{exactWords(exact)}</span>}
        {rerank?.applied === false && <span class="warn">{rerankedWords(rerank)}</span>}
        {failover !== null && <span class="warn">{failover}</span>}
        {partial && (
          <button type="button" class="small" onClick={onAskForAll}>
            Ask for all
          </button>
        )}
        <span class="more-facts id" title={`Request ${requestId}`}>
          <code>{requestId.slice(0, 8)}</code>
          <CopyButton text={requestId} what="the request's id" />
        </span>
      </p>
    </div>
  );
}

function coverageWords({ shards, answered, missing, unfilled = [] }: Coverage): string {
  const reasons = missing.map(
    ({ shard, reason }) => `shard ${shard} ${reason === "late" ? "timed out" : "failed"}`,
  );
  const left = unfilled.map((space) => `${space} being filled`);
  return [`${answered} of ${shards} shards`, ...reasons, ...left].join(", ");
}
