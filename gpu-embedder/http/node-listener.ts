import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";

/** Answers one request; its signal aborts when the caller leaves. */
export type FetchHandler = (request: Request) => Response | Promise<Response>;

/** A fetch handler as a listener for node:http. `onError` hears of answers that could not be sent whole. */
export function nodeListener(
  handle: FetchHandler,
  onError: (error: unknown) => void,
): RequestListener {
  return (incoming, outgoing) => {
    const left = new AbortController();
    outgoing.once("close", () => {
      if (!outgoing.writableFinished) left.abort(new DOMException("The caller left", "AbortError"));
    });
    void answer(handle, incoming, outgoing, left.signal).catch((error: unknown) => {
      if (!left.signal.aborted) onError(error);
      outgoing.destroy();
    });
  };
}

async function answer(
  handle: FetchHandler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const response = await handle(toRequest(incoming, signal));
  if (signal.aborted) return;
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null) outgoing.end();
  else await pipeline(Readable.fromWeb(response.body), outgoing);
  if (!incoming.complete) forgetRest(incoming);
}

/**
 * Reads to the end of a body that was refused unread, and keeps nothing of it: a connection closed before that would
 * take the answer with it. The server's request timeout bounds how long this may take.
 */
function forgetRest(incoming: IncomingMessage): void {
  incoming.removeAllListeners("data"); // That of the web stream, which would fill up and pause.
  incoming.resume();
}

function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const method = incoming.method ?? "GET";
  const url = new URL(incoming.url ?? "/", "http://embedder");
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers, signal });
  const body = Readable.toWeb(incoming) as ReadableStream<Uint8Array>;
  return new Request(url, { method, headers, signal, body, duplex: "half" });
}
