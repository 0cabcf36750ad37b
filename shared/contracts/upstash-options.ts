/**
 * How every @upstash/redis client is set up: no retries (the caller knows what may be repeated), no guessing of JSON,
 * no read-your-writes token (readers confirm for themselves). `callMsMax` bounds a call, whatever the caller's deadline.
 */
export function upstashOptions(callMsMax: number) {
  return {
    retry: { retries: 0 },
    automaticDeserialization: false,
    readYourWrites: false,
    enableTelemetry: false,
    // Calls of one tick would be merged into one request: too large ones together, and across requests of a Worker.
    enableAutoPipelining: false,
    signal: () => AbortSignal.timeout(callMsMax), // A function: with a plain signal the client returns the abort as a value.
  };
}
