import { NearfieldError, type NearfieldClient } from "../../../shared/client/nearfield-client.ts";
import type { Exchange } from "../../../shared/client/transport.ts";
import type { DocumentInput } from "../../../shared/contracts/document.ts";
import { TIER_WORDS } from "../words/tier-words.ts";
import type { Address, HandOver } from "./address.ts";
import { EMPTY_DRAFT, findsSomething, inCollection, isEmptyDraft, type Draft } from "./draft.ts";
import { searchableOf } from "./fields-of.ts";
import { areUnnamed, readLikes } from "./name-likes.ts";
import {
  openingState,
  said,
  type PageState,
  type Shown,
  type Terms,
  type Trouble,
} from "./page-state.ts";
import { RecentExchanges } from "./recent-exchanges.ts";
import { ledgerLine, toShown, withExplanation } from "./shown.ts";
import { toRagRequest, toRequest } from "./to-request.ts";
import { writeAnswer } from "./written-answer.ts";

const LEDGER_LINES_MAX = 8;

export interface PageDeps {
  /** A client that tells its exchanges to `onExchange`, and goes on from a position by collection. */
  readonly connect: (
    key: string,
    positions: Readonly<Record<string, string>>,
    onExchange: (exchange: Exchange) => void,
  ) => NearfieldClient;
  readonly nowMs: () => number;
  /** Puts a query into the address bar, and its picture where this tab finds it again. */
  readonly keepAddress: (draft: Draft) => void;
  /** Keeps a key that was typed, for as long as the tab lives. */
  readonly keepHandOver: (handOver: HandOver) => void;
}

/** What the page knows and does, without a DOM: the views show `state` and call the rest. */
export class Page {
  readonly #deps: PageDeps;
  readonly #listeners = new Set<() => void>();
  readonly #exchanges = new RecentExchanges();
  #client: NearfieldClient | null = null;
  #handOver: HandOver;
  #state: PageState;
  #search = new AbortController();
  #writing = new AbortController();
  /** The answer that an explanation is being asked for. */
  #explainingOf: Shown | null = null;

  constructor(deps: PageDeps, address: Address, handOver: HandOver) {
    this.#deps = deps;
    this.#handOver = handOver;
    this.#state = openingState(address, handOver, deps.nowMs());
    if (handOver.key !== null) this.#connect(handOver.key, handOver.position);
  }

  get state(): PageState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What a link to another location carries. */
  handOver(): HandOver {
    const position = this.#client?.positions[this.#state.draft.collection] ?? null;
    return { ...this.#handOver, position };
  }

  /** A key that a person typed may be able to write: the server will say. */
  useKey(key: string): void {
    this.#handOver = { ...this.#handOver, key, mayWrite: true };
    this.#deps.keepHandOver(this.#handOver);
    this.#connect(key, null);
    this.#set({ hasKey: true, mayWrite: true, trouble: null });
  }

  edit(change: Partial<Draft>): void {
    this.#set({ draft: { ...this.#state.draft, ...change } });
  }

  /** Asks another collection what is asked of this one. */
  async choose(collection: string): Promise<void> {
    const draft = inCollection(this.#state.draft, collection);
    this.clear("kept");
    const { status } = this.#state;
    const searchable = status === null ? null : searchableOf(status, collection);
    this.#set({ draft, searchable });
    if (findsSomething(draft)) await this.search();
    else this.#deps.keepAddress(draft);
  }

  /** Back to the empty page; what is searched stays, and how answers are to be made. */
  clear(address: "keep" | "kept" = "keep"): void {
    this.#search.abort();
    this.#writing.abort();
    const { collection, options } = this.#state.draft;
    this.edit({ ...EMPTY_DRAFT, collection, options });
    if (address === "keep") this.#deps.keepAddress(this.#state.draft);
    this.#set({
      shown: null,
      trouble: null,
      written: null,
      searching: false,
      pictureLost: null,
      unread: [],
      announcement: "",
    });
  }

  /** Shows what an address says, as it was left: nothing is added to the history. */
  async go(address: Address): Promise<void> {
    if (isEmptyDraft(address.draft)) this.clear("kept");
    this.#set(said(address));
    await this.search({}, {}, "kept");
  }

  /** A change of the query that is asked at once, as far as something is left to ask. */
  async change(draft: Draft): Promise<void> {
    if (isEmptyDraft(draft)) this.clear();
    else await this.search(draft);
  }

  /** Searches for the draft with `change`; an answer that is overtaken by a newer search is dropped. */
  async search(
    change: Partial<Draft> = {},
    terms: Terms = {},
    address: "keep" | "kept" = "keep",
  ): Promise<void> {
    this.edit(change);
    const { draft, explaining } = this.#state;
    const client = this.#client;
    if (client === null || !findsSomething(draft)) return;
    this.#search.abort();
    const { signal } = (this.#search = new AbortController());
    if (address === "keep") {
      this.#deps.keepAddress(draft);
      this.#set({ unread: [] });
    }
    if (draft.picture !== null) this.#set({ pictureLost: null });
    this.#set({ searching: true });
    const request = toRequest(draft, { ...terms, ...(explaining ? { explain: true } : {}) });
    try {
      const reply = await client.retrieve(request, { signal });
      if (signal.aborted) return;
      this.#writing.abort(); // What is being written answers the query before.
      const shown = toShown(draft, request, reply, this.#exchanges.of(reply.requestId));
      this.#set({
        searching: false,
        trouble: null,
        shown,
        written: null,
        ledger: [ledgerLine(shown), ...this.#state.ledger].slice(0, LEDGER_LINES_MAX),
        announcement: `${reply.hits.length} results from ${TIER_WORDS[reply.tier].word}`,
      });
      if (this.#state.explaining) await this.explain();
      await this.#nameLikes(client, signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#fail("search", error);
    }
  }

  /** From now on searches tell how their answers come about, or no longer. The answer that is shown is asked for anew. */
  async setExplaining(explaining: boolean): Promise<void> {
    if (explaining === this.#state.explaining) return;
    this.#set({ explaining });
    if (explaining) await this.explain();
  }

  /**
   * Asks how the answer that is shown came about, once. It is another request, with a cache entry of its own, so nobody pays for
   * it who does not want to know.
   */
  async explain(): Promise<void> {
    const { shown } = this.#state;
    const client = this.#client;
    if (client === null || shown === null || shown.explained !== null) return;
    if (this.#explainingOf === shown) return;
    this.#explainingOf = shown;
    const { signal } = this.#search;
    try {
      const reply = await client.retrieve({ ...shown.request, explain: true }, { signal });
      if (this.#state.shown !== shown) return;
      this.#set({
        trouble: null,
        shown: withExplanation(shown, reply, this.#exchanges.of(reply.requestId)),
        announcement: "Explanation ready",
      });
    } catch (error) {
      if (signal.aborted || this.#state.shown !== shown) return;
      this.#explainingOf = null;
      this.#fail("explain", error);
    }
  }

  /** A written answer to the query that is shown. */
  async answer(): Promise<void> {
    const { shown } = this.#state;
    const client = this.#client;
    if (client === null || shown === null) return;
    this.#writing.abort();
    const { signal } = (this.#writing = new AbortController());
    this.#set({ trouble: null });
    try {
      for await (const written of writeAnswer(client, toRagRequest(shown.request), signal)) {
        if (signal.aborted) return;
        const announced = written.phase === "done" ? { announcement: "Answer complete" } : {};
        this.#set({ written, ...announced });
      }
    } catch (error) {
      if (signal.aborted) return;
      const { written } = this.#state;
      this.#set({
        written:
          written === null || written.sources === null ? null : { ...written, phase: "broken" },
      });
      this.#fail("answer", error);
    }
  }

  async add(document: DocumentInput): Promise<void> {
    const client = this.#client;
    if (client === null) return;
    this.#set({ adding: true, added: null });
    try {
      const reply = await client.putDocuments({
        collection: this.#state.draft.collection,
        documents: [document],
      });
      const title = document.title ?? document.text ?? "";
      this.#set({
        adding: false,
        added: { reply, title },
        announcement: `Added at position ${reply.position}`,
      });
    } catch (error) {
      this.#set({ adding: false });
      this.#fail("write", error);
    }
  }

  /** Looks at the regions. A look that fails shows nothing new: searches tell their own failures. */
  async refresh(signal: AbortSignal): Promise<void> {
    const client = this.#client;
    if (client === null) return;
    try {
      const status = await client.status({ signal, timeoutMs: 5_000 });
      this.#set({ status, searchable: searchableOf(status, this.#state.draft.collection) });
    } catch (error) {
      if (error instanceof NearfieldError && error.status === 401) this.#fail("search", error);
      else if (this.#state.status === null) this.#set({ searchable: null });
    }
  }

  tick(): void {
    this.#set({ nowMs: this.#deps.nowMs() });
  }

  dismissTrouble(): void {
    this.#set({ trouble: null });
  }

  #connect(key: string, position: string | null): void {
    const positions = position === null ? {} : { [this.#state.draft.collection]: position };
    this.#client = this.#deps.connect(key, positions, (exchange) => this.#exchanges.keep(exchange));
  }

  async #nameLikes(client: NearfieldClient, signal: AbortSignal): Promise<void> {
    if (!areUnnamed(this.#state.draft.likes)) return;
    const named = await readLikes(client, this.#state.draft, signal);
    const { likes } = this.#state.draft; // As they are by now.
    this.edit({ likes: likes.map((like) => ({ ...like, ...named.get(like.id) })) });
  }

  #fail(doing: Trouble["doing"], thrown: unknown): void {
    if (!(thrown instanceof NearfieldError)) throw thrown;
    const retryAtMs =
      thrown.retryAfterMs === null ? null : this.#deps.nowMs() + thrown.retryAfterMs;
    const trouble: Trouble = { doing, error: thrown, retryAtMs };
    const hasKey = this.#state.hasKey && thrown.status !== 401;
    this.#set({
      searching: false,
      trouble,
      hasKey,
      nowMs: this.#deps.nowMs(),
      announcement: `Failed: ${thrown.title}`,
    });
  }

  #set(change: Partial<PageState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
