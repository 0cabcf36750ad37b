import type { Call } from "./transport.ts";

/** Above the longest deadline of a read that is not asked for otherwise, 5 s, so that the server's own word comes first. */
export const READ_MS_MAX = 10_000;
/** Above the longest deadline of a write, 30 s. */
export const WRITE_MS_MAX = 35_000;

/** A call with a JSON body. */
export function post(path: string, body: unknown, collection: string | null): Call {
  return { method: "POST", path, body, collection, idempotencyKey: null, repeatable: true };
}

/** A call with its parameters in the query. */
export function get(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
  collection: string | null,
): Call {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  const search = new URLSearchParams(given).toString();
  const whole = search === "" ? path : `${path}?${search}`;
  return {
    method: "GET",
    path: whole,
    body: undefined,
    collection,
    idempotencyKey: null,
    repeatable: true,
  };
}
