import type { RetrieveInput } from "../../../shared/client/request-types.ts";
import type { Exchange } from "../../../shared/client/transport.ts";
import type { RetrieveReply } from "../../../shared/contracts/retrieve.ts";
import { serverMs } from "../words/server-timing.ts";
import type { Draft } from "./draft.ts";
import type { LedgerLine, Shown } from "./page-state.ts";

/** An answer as it is shown. One that tells how it came about explains itself. */
export function toShown(
  draft: Draft,
  request: RetrieveInput,
  reply: RetrieveReply,
  exchange: Exchange | null,
): Shown {
  const explained = reply.explain === undefined ? null : { reply, exchange };
  return { draft, request, reply, exchange, explained };
}

/**
 * What is shown, with an explanation that was asked for afterwards. Where the data changed in between, the answer that is
 * explained takes the older one's place: what is explained is what is shown.
 */
export function withExplanation(
  shown: Shown,
  reply: RetrieveReply,
  exchange: Exchange | null,
): Shown {
  if (sameHits(shown.reply, reply)) return { ...shown, explained: { reply, exchange } };
  return toShown(shown.draft, shown.request, reply, exchange);
}

export function ledgerLine({ reply, draft, exchange }: Shown): LedgerLine {
  const { requestId, tier } = reply;
  return { requestId, draft, tier, serverMs: serverMs(exchange?.serverTiming ?? null) };
}

function sameHits({ hits }: RetrieveReply, { hits: others }: RetrieveReply): boolean {
  return (
    hits.length === others.length &&
    hits.every(({ id, score }, i) => id === others[i]?.id && score === others[i]?.score)
  );
}
