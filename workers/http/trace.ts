const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * The trace context to hand on: the caller's if it is well formed, else a new one.
 * @param newId gives a UUID
 * @see W3C Trace Context
 */
export function traceparentOf(given: string | undefined, newId: () => string): string {
  if (given !== undefined && TRACEPARENT.test(given)) return given;
  const id = newId().replaceAll("-", "");
  return `00-${id}-${id.slice(0, 16)}-01`;
}
