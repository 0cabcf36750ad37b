import { Redis } from "@upstash/redis";

/** Longest that one Redis call may take, whatever the caller's deadline is. */
const CALL_MS_MAX = 10_000;

/**
 * A client for scripts and bytes: no retries (the caller knows what may be repeated), no guessing of JSON,
 * no read-your-writes token (readers confirm for themselves).
 */
export function createUpstashClient(url: string, token: string): Redis {
  return new Redis({
    url,
    token,
    retry: { retries: 0 },
    automaticDeserialization: false,
    readYourWrites: false,
    enableTelemetry: false,
    // Calls of one tick would be merged into one request: too large ones together, and across requests of a Worker.
    enableAutoPipelining: false,
    signal: () => AbortSignal.timeout(CALL_MS_MAX), // A function: with a plain signal the client returns the abort as a value.
  });
}
