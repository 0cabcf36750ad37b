import { NearfieldError, type NearfieldClient } from "../../../shared/client/nearfield-client.ts";
import type { Exchange } from "../../../shared/client/transport.ts";
import type { DocumentInput } from "../../../shared/contracts/document.ts";
import { serverMs } from "../words/server-timing.ts";
import { TIER_WORDS } from "../words/tier-words.ts";
import type { Address, HandOver } from "./address.ts";
import {
  EMPTY_DRAFT,
  isEmptyDraft,
  type Draft,
  type PageState,
  type Terms,
  type Trouble,
} from "./page-state.ts";
import { COLLECTION, toRagRequest, toRequest } from "./to-request.ts";
import { writtenAfter, WRITTEN_START } from "./written-answer.ts";

const LEDGER_LINES_MAX = 8;
const EXCHANGES_MAX = 16;

export interface PageDeps {
  /** A client that tells its exchanges to `onExchange`, and goes on from a position. */
  readonly connect: (
    key: string,
    position: string | null,
    onExchange: (exchange: Exchange) => void,
  ) => NearfieldClient;
  readonly nowMs: () => number;
  /** Puts a query into the address bar. */
  readonly keepAddress: (address: Address) => void;
  /** Keeps a key that was typed, for as long as the tab lives. */
  readonly keepHandOver: (handOver: HandOver) => void;
}

/** What the page knows and does, without a DOM: the views show `state` and call the rest. */
export class Page {
  readonly #deps: PageDeps;
  readonly #listeners = new Set<() => void>();
  readonly #exchanges: Exchange[] = [];
  #client: NearfieldClient | null = null;
  #handOver: HandOver;
  #state: PageState;
  #search = new AbortController();
  #writing = new AbortController();

  constructor(deps: PageDeps, address: Address, handOver: HandOver) {
    this.#deps = deps;
    this.#handOver = handOver;
    const like = address.like === null ? null : { id: address.like, title: address.like };
    this.#state = {
      hasKey: handOver.key !== null,
      mayWrite: handOver.mayWrite,
      draft: { ...EMPTY_DRAFT, text: address.text, like, filter: address.filter },
      searching: false,
      shown: null,
      trouble: null,
      ledger: [],
      status: null,
      searchable: null,
      expected: handOver.expected,
      written: null,
      added: null,
      adding: false,
      nowMs: deps.nowMs(),
      announcement: "",
    };
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
    return { ...this.#handOver, position: this.#client?.positions[COLLECTION] ?? null };
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

  /** Back to the empty page. */
  clear(): void {
    this.#search.abort();
    this.#writing.abort();
    this.edit(EMPTY_DRAFT);
    this.#deps.keepAddress({ text: "", like: null, filter: null });
    this.#set({ shown: null, trouble: null, written: null, searching: false, announcement: "" });
  }

  /** Searches for the draft with `change`; an answer that is overtaken by a newer search is dropped. */
  async search(
    change: Partial<Draft> = {},
    terms: Terms = {},
    address: "keep" | "kept" = "keep",
  ): Promise<void> {
    this.edit(change);
    const { draft } = this.#state;
    const client = this.#client;
    if (client === null || isEmptyDraft(draft)) return;
    this.#search.abort();
    const { signal } = (this.#search = new AbortController());
    if (address === "keep")
      this.#deps.keepAddress({
        text: draft.text,
        like: draft.like?.id ?? null,
        filter: draft.filter,
      });
    this.#set({ searching: true });
    const request = toRequest(draft, terms);
    try {
      const reply = await client.retrieve(request, { signal });
      if (signal.aborted) return;
      this.#writing.abort(); // What is being written answers the query before.
      const exchange =
        this.#exchanges.find(({ requestId }) => requestId === reply.requestId) ?? null;
      const line = {
        requestId: reply.requestId,
        draft,
        tier: reply.tier,
        serverMs: serverMs(exchange?.serverTiming ?? null),
      };
      const announcement = `${reply.hits.length} results from ${TIER_WORDS[reply.tier].word}`;
      const ledger = [line, ...this.#state.ledger].slice(0, LEDGER_LINES_MAX);
      this.#set({
        searching: false,
        trouble: null,
        shown: { draft, request, reply, exchange },
        written: null,
        ledger,
        announcement,
      });
      if (draft.like !== null && draft.like.title === draft.like.id)
        await this.#nameLike(client, draft.like.id, signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#fail("search", error);
    }
  }

  /** A written answer to the query that is shown. */
  async answer(): Promise<void> {
    const { shown } = this.#state;
    const client = this.#client;
    if (client === null || shown === null) return;
    this.#writing.abort();
    const { signal } = (this.#writing = new AbortController());
    this.#set({ written: WRITTEN_START, trouble: null });
    try {
      for await (const event of client.rag(toRagRequest(shown.request), { signal })) {
        if (signal.aborted) return;
        const written = writtenAfter(this.#state.written ?? WRITTEN_START, event);
        this.#set({
          written,
          ...(written.phase === "done" ? { announcement: "Answer complete" } : {}),
        });
        if (event.event === "error")
          throw new NearfieldError("broken-off", event.hint, {
            problem: null,
            requestId: event.requestId,
          });
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
      const reply = await client.putDocuments({ collection: COLLECTION, documents: [document] });
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
      const counts = status.regions.flatMap(({ collections }) =>
        collections
          .filter(({ name }) => name === COLLECTION)
          .map(({ documents }) => documents ?? 0),
      );
      this.#set({ status, searchable: counts.length === 0 ? null : Math.max(...counts) });
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
    this.#client = this.#deps.connect(key, position, (exchange) => {
      this.#exchanges.unshift(exchange);
      this.#exchanges.length = Math.min(this.#exchanges.length, EXCHANGES_MAX);
    });
  }

  /** A link names a document by id only; its title is for people, so a failure to read it leaves the id. */
  async #nameLike(client: NearfieldClient, id: string, signal: AbortSignal): Promise<void> {
    const document = await client
      .getDocument({ collection: COLLECTION, id }, { signal })
      .catch(() => null);
    const { draft } = this.#state;
    if (document?.title !== undefined && draft.like?.id === id)
      this.#set({ draft: { ...draft, like: { id, title: document.title } } });
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
