import type { CollectionView } from "../contracts/collection.ts";
import type { Document, ListReply, WriteReply } from "../contracts/document.ts";
import type { RagEvent } from "../contracts/rag.ts";
import type { RetrieveReply } from "../contracts/retrieve.ts";
import type { CollectionsReply, StatusReply } from "../contracts/status.ts";
import { get, post, READ_MS_MAX, WRITE_MS_MAX } from "./calls.ts";
import { deadline, toClientError } from "./deadline.ts";
import { NearfieldError } from "./nearfield-error.ts";
import { PLATFORM, type Platform } from "./platform.ts";
import { ragEvents } from "./rag-events.ts";
import type {
  CallOptions,
  CountInput,
  CountReply,
  DeleteFoundInput,
  DeleteInput,
  DocumentInputs,
  GetDocumentsInput,
  ListInput,
  PatchInput,
  PutDocumentsInput,
  RagInput,
  RetrieveInput,
  WriteOptions,
} from "./request-types.ts";
import { SessionPositions } from "./session-positions.ts";
import { readText, send, type Call, type Exchange, type TransportDeps } from "./transport.ts";

export { NearfieldError } from "./nearfield-error.ts";

export interface NearfieldClientOptions extends Partial<Platform> {
  /** Where a location or the service answers, e.g. `http://127.0.0.1:8787`. */
  readonly url: string;
  readonly key: string;
  /** `false` forgets positions: reads may then miss the client's own writes. Positions of another client go on from there. */
  readonly session?: boolean | { readonly positions: Readonly<Record<string, string>> };
  /** Further tries of a call that was refused with 429 or 503 or got no reply; 0 to 2. */
  readonly retriesMax?: number;
  /** Told of every exchange, retries included. */
  readonly onExchange?: (exchange: Exchange) => void;
}

const RAG_MS_MAX = 60_000;
const RETRIES_MAX = 2;
/** Ids that no path can hold: a URL takes them for the way to another path, encoded or not. */
const DOTS: ReadonlySet<string> = new Set([".", ".."]);

/**
 * nearfield over HTTP, from wherever there is `fetch`. Each call has a deadline, takes a signal, and throws `NearfieldError`.
 * Reads see what this client has written or read before, at any location.
 */
export class NearfieldClient {
  readonly #deps: TransportDeps;

  /** @throws TypeError where `url` is none */
  constructor(options: NearfieldClientOptions) {
    const { session = true } = options;
    if (!/^https?:$/.test(URL.parse(options.url)?.protocol ?? ""))
      throw new TypeError(
        `url is ${JSON.stringify(options.url)}: an address such as "http://127.0.0.1:8787" is needed`,
      );
    const initial = typeof session === "object" ? session.positions : {};
    this.#deps = {
      url: options.url,
      key: options.key,
      platform: { ...PLATFORM, ...definedParts(options) },
      session: session === false ? null : new SessionPositions(initial),
      retriesMax: Math.min(RETRIES_MAX, Math.max(0, options.retriesMax ?? RETRIES_MAX)),
      onExchange: options.onExchange ?? (() => undefined),
    };
  }

  /** The session so far, by collection; another client takes it as `session: {positions}`. */
  get positions(): Record<string, string> {
    return this.#deps.session?.all() ?? {};
  }

  retrieve(request: RetrieveInput, options: CallOptions = {}): Promise<RetrieveReply> {
    return this.#read<RetrieveReply>(
      post("/v1/retrieve", request, request.collection),
      options,
      request.deadlineMs,
    );
  }

  /** A written answer: first its sources, then text and citations, then `done` or `error`. Leaving the loop ends the stream. */
  async *rag(request: RagInput, options: CallOptions = {}): AsyncGenerator<RagEvent, void, void> {
    const signal = deadline(options, RAG_MS_MAX);
    try {
      const response = await send(
        this.#deps,
        post("/v1/rag", { ...request, stream: true }, request.collection),
        signal,
      );
      if (response.body === null) throw new NearfieldError("bad-reply", "The reply has no body.");
      yield* ragEvents(response.body);
    } catch (error) {
      throw toClientError(error, options.signal);
    }
  }

  putDocuments(request: PutDocumentsInput, options: WriteOptions = {}): Promise<WriteReply> {
    return this.#write<WriteReply>(
      { ...post("/v1/documents", request, request.collection) },
      options,
    );
  }

  async getDocument(
    { id, ...query }: DocumentInputs,
    options: CallOptions = {},
  ): Promise<Document> {
    if (DOTS.has(id)) {
      const { documents } = await this.getDocuments({ ...query, ids: [id] }, options);
      if (documents[0] !== undefined) return documents[0];
      const details = { problem: null, status: 404 };
      throw new NearfieldError("not-found", "There is no document of that id.", details);
    }
    return this.#read<Document>(
      get(`/v1/documents/${encodeURIComponent(id)}`, query, query.collection),
      options,
      query.deadlineMs,
    );
  }

  listDocuments({ filter, ...query }: ListInput, options: CallOptions = {}): Promise<ListReply> {
    const sent = { ...query, ...(filter === undefined ? {} : { filter: JSON.stringify(filter) }) };
    return this.#read<ListReply>(
      get("/v1/documents", sent, query.collection),
      options,
      query.deadlineMs,
    );
  }

  /** Those that exist, in no order that the ids had. */
  getDocuments(request: GetDocumentsInput, options: CallOptions = {}): Promise<ListReply> {
    return this.#read<ListReply>(
      post("/v1/documents/get", request, request.collection),
      options,
      request.deadlineMs,
    );
  }

  countDocuments(request: CountInput, options: CallOptions = {}): Promise<CountReply> {
    return this.#read<CountReply>(
      post("/v1/documents/count", request, request.collection),
      options,
    );
  }

  deleteDocument({ id, ...query }: DeleteInput, options: WriteOptions = {}): Promise<WriteReply> {
    if (DOTS.has(id)) {
      const call = post("/v1/documents/delete", { ...query, ids: [id] }, query.collection);
      return this.#write<WriteReply>(call, options);
    }
    const call = get(`/v1/documents/${encodeURIComponent(id)}`, { ...query }, query.collection);
    return this.#write<WriteReply>({ ...call, method: "DELETE" }, options);
  }

  /** Changes a document's metadata by a merge patch (RFC 7396), and nothing else of it. */
  patchDocument(
    { id, metadata, ifPosition, ...query }: PatchInput,
    options: WriteOptions = {},
  ): Promise<WriteReply> {
    const call = get(`/v1/documents/${encodeURIComponent(id)}`, { ...query }, query.collection);
    const body = { metadata, ...(ifPosition === undefined ? {} : { ifPosition }) };
    return this.#write<WriteReply>({ ...call, method: "PATCH", body }, options);
  }

  /** Deletes what a filter finds; `more` says whether there is more of it. */
  deleteFound(request: DeleteFoundInput, options: WriteOptions = {}): Promise<WriteReply> {
    const call = post("/v1/documents/delete", request, request.collection);
    return this.#write<WriteReply>(call, options);
  }

  /** How many documents `deleteFound` would delete. */
  countFound(request: DeleteFoundInput, options: CallOptions = {}): Promise<CountReply> {
    const call = post("/v1/documents/delete", { ...request, dryRun: true }, request.collection);
    return this.#read<CountReply>(call, options, request.deadlineMs);
  }

  async collections(options: CallOptions = {}): Promise<CollectionView[]> {
    return (await this.#read<CollectionsReply>(get("/v1/collections", {}, null), options))
      .collections;
  }

  status(options: CallOptions = {}): Promise<StatusReply> {
    return this.#read<StatusReply>(get("/v1/status", {}, null), options);
  }

  #read<Reply>(call: Call, options: CallOptions, deadlineMs?: unknown): Promise<Reply> {
    const longestMs = typeof deadlineMs === "number" ? deadlineMs + READ_MS_MAX / 2 : READ_MS_MAX;
    return this.json<Reply>(call, options, longestMs);
  }

  #write<Reply>(call: Call, options: WriteOptions): Promise<Reply> {
    const idempotencyKey = options.idempotencyKey ?? this.#deps.platform.newId();
    return this.json<Reply>({ ...call, idempotencyKey }, options, WRITE_MS_MAX);
  }

  /** @returns the reply as the server's own schema made it */
  protected async json<Reply>(call: Call, options: CallOptions, longestMs: number): Promise<Reply> {
    const signal = deadline(options, longestMs);
    try {
      const text = await readText(await send(this.#deps, call, signal), signal);
      return JSON.parse(text) as Reply;
    } catch (error) {
      throw toClientError(error, options.signal);
    }
  }
}

function definedParts({
  fetch,
  sleep,
  random,
  newId,
  monotonicMs,
}: Partial<Platform>): Partial<Platform> {
  return Object.fromEntries(
    Object.entries({ fetch, sleep, random, newId, monotonicMs }).filter(
      ([, part]) => part !== undefined,
    ),
  );
}
