import { NearfieldError } from "./nearfield-error.ts";
import type { CallOptions } from "./request-types.ts";

/** The caller's signal, and the time that a call may take. */
export function deadline({ signal, timeoutMs }: CallOptions, longestMs: number): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs ?? longestMs);
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}

/** The caller's own abort comes back as it was given; the deadline's and what can't be parsed become errors of ours. */
export function toClientError(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (error instanceof SyntaxError)
    return new NearfieldError("bad-reply", "The reply is not JSON.", {
      problem: null,
      cause: error,
    });
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return new NearfieldError("timeout", "Give the call more time, or ask another location.", {
      problem: null,
      cause: error,
    });
  }
  return error;
}
