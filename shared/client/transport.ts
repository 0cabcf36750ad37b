import { errorOfReply, NearfieldError } from "./nearfield-error.ts";
import type { Platform } from "./platform.ts";
import { RETRY_AFTER_MS_MAX, retryDelayMs } from "./retry-delay.ts";
import type { SessionPositions } from "./session-positions.ts";

export const POSITION_HEADER = "nearfield-position";
const RETRIED_STATUS: ReadonlySet<number> = new Set([429, 503]);
const REPLY_BYTES_MAX = 64 * 1024 * 1024;

/** One HTTP exchange, for whoever watches: what was asked and what the reply's labels said. */
export interface Exchange {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** JSON that was sent; null where there was no body. */
  readonly body: string | null;
  /** HTTP status; null where nothing came back. */
  readonly status: number | null;
  /** Till the reply's headers were there. */
  readonly tookMs: number;
  readonly requestId: string | null;
  readonly serverTiming: string | null;
  /** Of answers: the tier that had it, or why none did. @see RFC 9211 */
  readonly cacheStatus: string | null;
  readonly position: string | null;
  /** From 0. */
  readonly attempt: number;
}

export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body: unknown;
  /** Whose position the call carries; null where it is of no collection. */
  readonly collection: string | null;
  /** Null for reads, and for writes that can't be repeated. */
  readonly idempotencyKey: string | null;
  readonly repeatable: boolean;
}

export interface TransportDeps {
  readonly url: string;
  readonly key: string;
  readonly platform: Platform;
  /** Null where the session is switched off. */
  readonly session: SessionPositions | null;
  readonly retriesMax: number;
  readonly onExchange: (exchange: Exchange) => void;
}

/**
 * Sends a call until it is answered or its tries are spent.
 * @returns a reply of status 2xx, its body unread
 * @throws NearfieldError, or the signal's reason
 */
export async function send(
  deps: TransportDeps,
  call: Call,
  signal: AbortSignal,
): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    const outcome = await sendOnce(deps, call, attempt, signal);
    if (!(outcome instanceof NearfieldError)) return outcome;
    const mayHelp = outcome.status === null || RETRIED_STATUS.has(outcome.status);
    const waitsTooLong = (outcome.retryAfterMs ?? 0) > RETRY_AFTER_MS_MAX;
    if (!call.repeatable || !mayHelp || waitsTooLong || attempt >= deps.retriesMax) throw outcome;
    await deps.platform.sleep(
      retryDelayMs(attempt, outcome.retryAfterMs, deps.platform.random),
      signal,
    );
  }
}

async function sendOnce(
  deps: TransportDeps,
  call: Call,
  attempt: number,
  signal: AbortSignal,
): Promise<Response | NearfieldError> {
  const { platform, session } = deps;
  const { fetch } = platform; // Called free: the platform's own refuses to be a method of another object.
  const body = call.body === undefined ? null : JSON.stringify(call.body);
  const startMs = platform.monotonicMs();
  let response: Response;
  try {
    response = await fetch(
      new Request(new URL(call.path, deps.url), {
        method: call.method,
        headers: headersOf(deps, call),
        body,
        signal,
      }),
    );
  } catch (cause) {
    signal.throwIfAborted();
    deps.onExchange({
      ...call,
      body,
      status: null,
      tookMs: platform.monotonicMs() - startMs,
      requestId: null,
      serverTiming: null,
      cacheStatus: null,
      position: null,
      attempt,
    });
    return new NearfieldError("network-error", "Is the address right, and the location up?", {
      problem: null,
      cause,
    });
  }
  const position = response.headers.get(POSITION_HEADER);
  const requestId = response.headers.get("nearfield-request-id");
  const serverTiming = response.headers.get("server-timing");
  const cacheStatus = response.headers.get("cache-status");
  deps.onExchange({
    ...call,
    body,
    status: response.status,
    tookMs: platform.monotonicMs() - startMs,
    requestId,
    serverTiming,
    cacheStatus,
    position,
    attempt,
  });
  if (position !== null && call.collection !== null) session?.keep(call.collection, position);
  if (response.ok) return response;
  const error = errorOfReply(response, await readText(response, signal));
  if (error.code === "position-lost" && call.collection !== null) session?.forget(call.collection);
  return error;
}

function headersOf({ key, session }: TransportDeps, call: Call): Headers {
  const headers = new Headers({ authorization: `Bearer ${key}` });
  if (call.body !== undefined) headers.set("content-type", "application/json");
  if (call.idempotencyKey !== null) headers.set("idempotency-key", call.idempotencyKey);
  const position = call.collection === null ? null : (session?.get(call.collection) ?? null);
  if (position !== null) headers.set(POSITION_HEADER, position);
  return headers;
}

/** The reply's text. @throws NearfieldError `broken-off` or `bad-reply` (too large), or the signal's reason */
export async function readText(response: Response, signal: AbortSignal): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let [text, bytes] = ["", 0];
  try {
    for (;;) {
      const chunk = await reader.read();
      if (chunk.done) return text + decoder.decode();
      bytes += chunk.value.byteLength;
      if (bytes > REPLY_BYTES_MAX) break;
      text += decoder.decode(chunk.value, { stream: true });
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw new NearfieldError("broken-off", "The reply ended early: ask again.", {
      problem: null,
      status: response.status,
      cause,
    });
  }
  await reader.cancel();
  throw new NearfieldError("bad-reply", `The reply has more than ${REPLY_BYTES_MAX} bytes.`, {
    problem: null,
    status: response.status,
  });
}
