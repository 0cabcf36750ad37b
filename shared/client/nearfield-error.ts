import type { ProblemCode, ProblemDocument, ProblemError } from "../contracts/problems.ts";

/** Failures that no server told: nothing came back, too late, or not what it should be. */
export type ClientErrorCode =
  | ProblemCode
  | "network-error"
  | "timeout"
  | "bad-reply"
  | "broken-off";

interface Details {
  /** The document that the server sent; null where none came. */
  readonly problem: ProblemDocument | null;
  /** HTTP status; null where nothing came back. */
  readonly status?: number | null;
  readonly requestId?: string | null;
  readonly retryAfterMs?: number | null;
  readonly cause?: unknown;
}

/** The one failure that the client throws, besides the reason of the caller's own signal. */
export class NearfieldError extends Error {
  readonly code: ClientErrorCode;
  /** What to do about it. */
  readonly hint: string;
  /** Title of the problem, for people. */
  readonly title: string;
  /** Names the request in the server's logs; null where none answered. */
  readonly requestId: string | null;
  readonly status: number | null;
  /** Offences in the body, by JSON pointer. */
  readonly errors: readonly ProblemError[];
  /** How long the server asks to wait; null where it did not say. */
  readonly retryAfterMs: number | null;

  constructor(code: ClientErrorCode, hint: string, details: Details = { problem: null }) {
    const errors = details.problem?.errors ?? [];
    super(
      messageOf(code, hint, errors),
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.name = "NearfieldError";
    this.code = code;
    this.hint = hint;
    this.title = details.problem?.title ?? TITLES[code] ?? code;
    this.requestId = details.problem?.requestId ?? details.requestId ?? null;
    this.status = details.problem?.status ?? details.status ?? null;
    this.errors = errors;
    this.retryAfterMs = details.retryAfterMs ?? null;
  }
}

/** Of the first offence in a message: all of them are in `errors`. */
const OFFENCE_CHARS_MAX = 300;

function messageOf(code: string, hint: string, [first, ...more]: readonly ProblemError[]): string {
  if (first === undefined) return `${code}: ${hint}`;
  const offence = `${first.pointer} ${first.message}`.trim().slice(0, OFFENCE_CHARS_MAX);
  return `${code}: ${hint} ${offence}${more.length > 0 ? ` (and ${more.length} more)` : ""}`;
}

const TITLES: Readonly<Partial<Record<ClientErrorCode, string>>> = {
  "network-error": "The location could not be reached",
  timeout: "No answer came in time",
  "bad-reply": "The reply is not one of nearfield",
  "broken-off": "The reply broke off",
};

/** The error of a reply whose status is not 2xx. A body that is no problem document came from something in between. */
export function errorOfReply(response: Response, text: string): NearfieldError {
  const retryAfterMs = readRetryAfter(response.headers.get("retry-after"));
  const { status } = response;
  const problem = readProblem(text);
  if (problem !== null)
    return new NearfieldError(problem.code, problem.hint, { problem, retryAfterMs });
  const requestId = response.headers.get("nearfield-request-id");
  const hint = `HTTP ${status} without a problem document: look at what stands between.`;
  return new NearfieldError("bad-reply", hint, { problem: null, status, requestId, retryAfterMs });
}

function readProblem(text: string): ProblemDocument | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const isProblem =
      "code" in value &&
      typeof value.code === "string" &&
      "hint" in value &&
      typeof value.hint === "string";
    return isProblem ? (value as ProblemDocument) : null;
  } catch {
    return null; // Not JSON: said by the caller as `bad-reply`.
  }
}

/** Seconds of Retry-After as ms. Its date form is read as unknown, since the two clocks may differ. */
function readRetryAfter(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : null;
}
