import type { NearfieldError } from "../../../shared/client/nearfield-client.ts";
import type { RetrieveInput } from "../../../shared/client/request-types.ts";
import type { Exchange } from "../../../shared/client/transport.ts";
import type { WriteReply } from "../../../shared/contracts/document.ts";
import type { WireFilter } from "../../../shared/contracts/filter.ts";
import type { Citation, RagEvent } from "../../../shared/contracts/rag.ts";
import type { Hit, RetrieveReply, Tier } from "../../../shared/contracts/retrieve.ts";
import type { StatusReply } from "../../../shared/contracts/status.ts";

export interface Picture {
  readonly name: string;
  /** Media type of the bytes. */
  readonly type: string;
  readonly base64: string;
}

export interface Like {
  readonly id: string;
  readonly title: string;
}

/** The query as it stands in the bar. */
export interface Draft {
  readonly text: string;
  readonly picture: Picture | null;
  readonly like: Like | null;
  readonly filter: WireFilter | null;
}

/** What a person may loosen for one search. */
export interface Terms {
  readonly consistency?: "eventual";
  readonly deadlineMs?: number;
}

/** An answer with the query that it answers and the exchange that brought it. */
export interface Shown {
  readonly draft: Draft;
  readonly request: RetrieveInput;
  readonly reply: RetrieveReply;
  readonly exchange: Exchange | null;
}

export interface Trouble {
  /** What was tried, to finish "… failed". */
  readonly doing: "search" | "answer" | "write";
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

export const EMPTY_DRAFT: Draft = { text: "", picture: null, like: null, filter: null };

/** Short words for a query, as the list of last queries and the announcements have them. */
export function draftWords({ text, picture, like }: Draft): string {
  const parts = [
    ...(text.trim() === "" ? [] : [text.trim()]),
    ...(picture === null ? [] : [`picture ${picture.name}`]),
    ...(like === null ? [] : [`like ${like.title}`]),
  ];
  return parts.join(" + ");
}

export function isEmptyDraft({ text, picture, like }: Draft): boolean {
  return text.trim() === "" && picture === null && like === null;
}

export function isPicture(hit: Hit): boolean {
  return hit.media !== undefined;
}
