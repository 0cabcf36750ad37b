import { abortable } from "../../shared/std/abortable.ts";

/** Longest that one try of a call may take. To be named at each upsert: there the SDK knows no default but a day. */
export const RPC_MS_MAX = 10_000;
/** Longest that one call may take, whatever the caller's deadline is; with the SDK's own repeats. */
const CALL_MS_MAX = 20_000;

/**
 * What failed: the server said no; it does not know the call; the way there or the door (gRPC's codes: unreachable, time,
 * authentication); or the client itself, e.g. because the collection is gone.
 */
export type MilvusFailureKind = "refused" | "unknown_call" | "transport" | "client";

/** A call that Milvus, its client or the way there failed. */
export class MilvusFailure extends Error {
  readonly kind: MilvusFailureKind;
  /** Milvus' or gRPC's code; they differ by server for the same fault, so nothing is decided by it. */
  readonly code: string;

  constructor(
    what: string,
    failed: { readonly kind: MilvusFailureKind; readonly code: string; readonly reason: string },
    cause: unknown,
  ) {
    super(`Milvus ${what}: ${failed.reason}`, { cause });
    this.name = "MilvusFailure";
    this.kind = failed.kind;
    this.code = failed.code;
  }
}

/**
 * The result of a call of the SDK, whose failures come in four shapes: a result with a status that is not a success, a
 * plain object thrown, a gRPC error, and an error from inside the client. A method that the server lacks resolves to `{}`:
 * also a failure.
 *
 * @param msMax longest that the call may take, where the signal allows more
 * @throws MilvusFailure, or the signal's reason
 */
export async function milvusCall<T extends object>(
  what: string,
  call: () => Promise<T>,
  signal: AbortSignal,
  msMax = CALL_MS_MAX,
): Promise<T> {
  signal.throwIfAborted();
  const limit = AbortSignal.timeout(msMax);
  let result: T;
  try {
    result = await abortable(call(), AbortSignal.any([signal, limit]));
  } catch (error) {
    signal.throwIfAborted();
    throw limit.aborted ? silent(what, msMax, error) : thrown(what, error);
  }
  const status = "status" in result ? result.status : result;
  const said = member(status, "error_code");
  if (said === "Success" || said === 0) return result;
  if (said === undefined) {
    const reason = "the server does not know the call";
    throw new MilvusFailure(what, { kind: "unknown_call", code: "unknown", reason }, result);
  }
  throw refused(what, status);
}

function refused(what: string, status: unknown): MilvusFailure {
  const code = String(member(status, "code") ?? member(status, "error_code") ?? "unknown");
  const reason = String(member(status, "reason") ?? "no reason given");
  return new MilvusFailure(what, { kind: "refused", code, reason }, status);
}

function thrown(what: string, error: unknown): MilvusFailure {
  if (!(error instanceof Error)) return refused(what, error);
  // Only gRPC's errors have a code and details; what the server refused, the client throws as an Error without.
  const [code, details] = [member(error, "code"), member(error, "details")];
  if (code === undefined || details === undefined)
    return new MilvusFailure(
      what,
      { kind: "client", code: "unknown", reason: error.message },
      error,
    );
  const reason = String(details) || error.message;
  return new MilvusFailure(what, { kind: "transport", code: String(code), reason }, error);
}

function silent(what: string, msMax: number, cause: unknown): MilvusFailure {
  const reason = `no answer within ${msMax} ms`;
  return new MilvusFailure(what, { kind: "transport", code: "unknown", reason }, cause);
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
