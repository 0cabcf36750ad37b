import { z } from "zod";

interface ProblemSpec {
  readonly status: number;
  readonly title: string;
  /** Another region may well answer the same read. */
  readonly elsewhere?: boolean;
  /** Waiting helps; seconds for Retry-After. */
  readonly retryAfterS?: number;
}

/** Public: add, never rename. */
export const PROBLEMS = {
  "malformed-json": { status: 400, title: "The body is not valid JSON" },
  "invalid-request": { status: 400, title: "The request does not fit its schema" },
  "invalid-filter": { status: 400, title: "The filter can't be used" },
  "invalid-vector": { status: 400, title: "A vector can't be used" },
  "limit-exceeded": { status: 400, title: "A published limit is not kept" },
  unauthenticated: { status: 401, title: "A valid API key is needed" },
  forbidden: { status: 403, title: "The API key lacks the scope" },
  "not-found": { status: 404, title: "There is no such thing" },
  "method-not-allowed": { status: 405, title: "The path knows other methods" },
  "request-timeout": { status: 408, title: "The request took too long to arrive" },
  "already-exists": { status: 409, title: "The name is taken" },
  resharding: { status: 409, title: "The shards or the spaces are being changed already" },
  "collection-moved": {
    status: 409,
    title: "The collection is no longer what the name stands for",
  },
  promoting: { status: 409, title: "The collection is being promoted already" },
  "space-unfilled": { status: 409, title: "The space is being filled", elsewhere: true },
  "snapshot-needed": { status: 409, title: "The log can't be followed without the snapshot" },
  "regions-outdated": {
    status: 409,
    title: "A regions record of this version or a newer one is there",
  },
  "position-lost": { status: 409, title: "The position is not on the collection's line" },
  "position-mismatch": { status: 412, title: "The document is at another position" },
  "body-too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "The media type is not supported" },
  "idempotency-mismatch": {
    status: 422,
    title: "The idempotency key was used for another request",
  },
  "media-rejected": { status: 422, title: "The media can't be decoded" },
  "model-mismatch": { status: 422, title: "The space is embedded by another model" },
  "write-backpressure": {
    status: 429,
    title: "Writes come faster than they can be taken",
    retryAfterS: 2,
  },
  "snapshot-damaged": {
    status: 422,
    title: "A part of the snapshot is missing, cut short or altered",
  },
  "internal-error": { status: 500, title: "A bug in nearfield" },
  overloaded: { status: 503, title: "Too much work is waiting", elsewhere: true, retryAfterS: 1 },
  "region-unavailable": { status: 503, title: "No region could answer", retryAfterS: 1 },
  "primary-unavailable": {
    status: 503,
    title: "The collection's primary region can't be reached",
    retryAfterS: 2,
  },
  "log-unavailable": {
    status: 503,
    title: "The log can't be reached",
    elsewhere: true,
    retryAfterS: 2,
  },
  "storage-full": {
    status: 503,
    title: "There is no room for writes",
    elsewhere: true,
    retryAfterS: 30,
  },
  "copy-damaged": {
    status: 503,
    title: "The region's copy is damaged",
    elsewhere: true,
    retryAfterS: 5,
  },
  "embedder-unavailable": {
    status: 503,
    title: "The embedder can't be reached",
    elsewhere: true,
    retryAfterS: 1,
  },
  "consistency-unavailable": {
    status: 503,
    title: "The asked freshness can't be met in time",
    elsewhere: true,
    retryAfterS: 1,
  },
  "coverage-unavailable": {
    status: 503,
    title: "Too few shards answered",
    elsewhere: true,
    retryAfterS: 1,
  },
  "outcome-unknown": {
    status: 503,
    title: "The write may or may not have happened",
    retryAfterS: 1,
  },
  "deadline-exceeded": { status: 504, title: "The deadline passed", retryAfterS: 1 },
} as const satisfies Record<string, ProblemSpec>;

export type ProblemCode = keyof typeof PROBLEMS;

const CODES = Object.keys(PROBLEMS).filter(isProblemCode);

export interface ProblemError {
  /** JSON pointer into the request's body. @see RFC 6901 */
  readonly pointer: string;
  readonly message: string;
}

/** Of a pointer or a message: both may repeat what the caller sent, which may be megabytes. */
const ERROR_CHARS_MAX = 300;

/** A failure that a caller is told about. Only `app.onError` and the function handlers turn it into a reply. */
export class Problem extends Error {
  readonly code: ProblemCode;
  /** What to do about it. */
  readonly hint: string;
  readonly errors: readonly ProblemError[];

  constructor(
    code: ProblemCode,
    hint: string,
    options: { errors?: readonly ProblemError[]; cause?: unknown } = {},
  ) {
    super(`${code}: ${hint}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "Problem";
    this.code = code;
    this.hint = hint;
    this.errors = (options.errors ?? []).map(({ pointer, message }) => ({
      pointer: pointer.slice(0, ERROR_CHARS_MAX),
      message: message.slice(0, ERROR_CHARS_MAX),
    }));
  }
}

export function isProblem(error: unknown, code: ProblemCode): error is Problem {
  return error instanceof Problem && error.code === code;
}

/** Of an incarnation that takes and shows nothing any more: whoever was led to it by a name looks that up again. */
export function collectionMoved(cause?: unknown): Problem {
  return new Problem(
    "collection-moved",
    "The collection was deleted, or its name given to another one, while this was under way: ask again.",
    { cause },
  );
}

/** A problem as it leaves a region function: the edge adds the request's id and makes the document. */
export const ProblemBody = z.strictObject({
  code: z.enum(CODES),
  hint: z.string(),
  errors: z.array(z.strictObject({ pointer: z.string(), message: z.string() })),
});
export type ProblemBody = z.output<typeof ProblemBody>;

/** RFC 9457 problem document. */
export const ProblemDocument = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(CODES),
    hint: z.string(),
    requestId: z.string(),
    errors: z.array(z.strictObject({ pointer: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: "Problem", description: "RFC 9457 problem document" });
export type ProblemDocument = z.output<typeof ProblemDocument>;

export function problemSpec(code: ProblemCode): ProblemSpec {
  return PROBLEMS[code];
}

export function problemBody(problem: Problem): ProblemBody {
  return { code: problem.code, hint: problem.hint, errors: [...problem.errors] };
}

export function problemDocument(body: ProblemBody, requestId: string): ProblemDocument {
  const { status, title } = PROBLEMS[body.code];
  return {
    type: `urn:nearfield:problem:${body.code}`,
    title,
    status,
    code: body.code,
    hint: body.hint,
    requestId,
    ...(body.errors.length > 0 ? { errors: body.errors } : {}),
  };
}

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}
