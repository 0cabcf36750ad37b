import type { NearfieldError } from "../../../shared/client/nearfield-client.ts";
import type { RetrieveInput } from "../../../shared/client/request-types.ts";
import type { Exchange } from "../../../shared/client/transport.ts";
import type { WriteReply } from "../../../shared/contracts/document.ts";
import type { Citation, RagEvent } from "../../../shared/contracts/rag.ts";
import type { Hit, RetrieveReply, Tier } from "../../../shared/contracts/retrieve.ts";
import type { StatusReply } from "../../../shared/contracts/status.ts";
import type { Address, HandOver, Unread } from "./address.ts";
import type { Draft } from "./draft.ts";

/** What a person may loosen, or ask for beside, for one search. */
export interface Terms {
  readonly consistency?: "eventual";
  readonly deadlineMs?: number;
  readonly explain?: true;
}

/** A reply that tells how it came about, and the exchange that brought it. */
export interface Explained {
  readonly reply: RetrieveReply;
  readonly exchange: Exchange | null;
}

/** An answer with the query that it answers and the exchange that brought it. */
export interface Shown {
  readonly draft: Draft;
  readonly request: RetrieveInput;
  readonly reply: RetrieveReply;
  readonly exchange: Exchange | null;
  /** Null until somebody wants to know. */
  readonly explained: Explained | null;
}

export interface Trouble {
  /** What was tried, to finish "… failed". */
  readonly doing: "search" | "answer" | "write" | "explain";
  readonly error: NearfieldError;
  /** When it may be tried again, by the page's clock; null where the server did not say. */
  readonly retryAtMs: number | null;
}

/** One line of the list of last queries. */
export interface LedgerLine {
  readonly requestId: string;
  readonly draft: Draft;
  readonly tier: Tier;
  /** The location's own time, ms. */
  readonly serverMs: number | null;
}

/** A sentence of a written answer with what it cites. */
export interface Sentence {
  readonly text: string;
  readonly citation: Citation | null;
}

export interface Written {
  readonly phase: "asking" | "writing" | "done" | "broken";
  readonly sources: Extract<RagEvent, { event: "sources" }> | null;
  readonly sentences: readonly Sentence[];
  readonly usage: Extract<RagEvent, { event: "usage" }> | null;
}

export interface PageState {
  readonly hasKey: boolean;
  readonly mayWrite: boolean;
  readonly draft: Draft;
  readonly searching: boolean;
  /** Searches ask for their explanation at once, since it is being looked at. */
  readonly explaining: boolean;
  /** Name of a picture that the address speaks of and can't hold; null where none is missed. */
  readonly pictureLost: string | null;
  /** What the address says and can't be read. */
  readonly unread: readonly Unread[];
  readonly shown: Shown | null;
  readonly trouble: Trouble | null;
  readonly ledger: readonly LedgerLine[];
  readonly status: StatusReply | null;
  /** Documents that can be found, of how many there will be; null where unknown. */
  readonly searchable: number | null;
  readonly expected: number | null;
  readonly written: Written | null;
  readonly added: { readonly reply: WriteReply; readonly title: string } | null;
  readonly adding: boolean;
  readonly nowMs: number;
  /** For screen readers. */
  readonly announcement: string;
}

/** The page as it opens. */
export function openingState(address: Address, handOver: HandOver, nowMs: number): PageState {
  return {
    hasKey: handOver.key !== null,
    mayWrite: handOver.mayWrite,
    ...said(address),
    searching: false,
    explaining: false,
    shown: null,
    trouble: null,
    ledger: [],
    status: null,
    searchable: null,
    expected: handOver.expected,
    written: null,
    added: null,
    adding: false,
    nowMs,
    announcement: "",
  };
}

/** What an address says, and what of it is missed. */
export function said({
  draft,
  pictureName,
  unread,
}: Address): Pick<PageState, "draft" | "pictureLost" | "unread"> {
  return { draft, pictureLost: draft.picture === null ? pictureName : null, unread };
}

export function isPicture(hit: Hit): boolean {
  return hit.media !== undefined;
}
