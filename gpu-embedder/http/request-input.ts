import type { HonoRequest } from "hono";
import type { z } from "zod";
import { DEADLINE_HEADER, EMBEDDER_LIMITS } from "../../shared/contracts/embedder.ts";
import { parse } from "../../shared/contracts/parse.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { Clock } from "../../shared/std/clock.ts";
import type { Deadline } from "../queue/deadline.ts";

/** The JSON body as the schema's type. Throws `malformed-json`, `invalid-request` or `limit-exceeded`. */
export async function readBody<S extends z.ZodType>(
  schema: S,
  request: HonoRequest,
): Promise<z.output<S>> {
  const text = await request.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new Problem("malformed-json", "Send a JSON object, as UTF-8.", { cause });
  }
  return parse(schema, body, "the body");
}

/** Until when the caller waits: by its header, else the longest; and no longer than the caller stays. */
export function requestDeadline(
  deps: { readonly clock: Clock; readonly abortAfter: (delayMs: number) => AbortSignal },
  request: HonoRequest,
): Deadline {
  const given = request.header(DEADLINE_HEADER);
  const leftMs = given === undefined ? EMBEDDER_LIMITS.deadlineMsMax : Number(given);
  if (!Number.isInteger(leftMs) || leftMs > EMBEDDER_LIMITS.deadlineMsMax) {
    throw new Problem(
      "invalid-request",
      `${DEADLINE_HEADER} is a whole number of at most ${EMBEDDER_LIMITS.deadlineMsMax} ms.`,
    );
  }
  if (leftMs <= 0)
    throw new Problem("deadline-exceeded", "The deadline had passed when the request arrived.");
  return {
    expiresAtMs: deps.clock.monotonicMs() + leftMs,
    signal: AbortSignal.any([request.raw.signal, deps.abortAfter(leftMs)]),
  };
}
