import { abortable } from "../../shared/std/abortable.ts";

/** Longest that one try of a call may take. To be named at each upsert: there the SDK knows no default but a day. */
export const RPC_MS_MAX = 10_000;
/** Longest that one call may take, whatever the caller's deadline is; with the SDK's own repeats. */
const CALL_MS_MAX = 20_000;

/** A call that Milvus, its client or the way there failed. */
class MilvusFailure extends Error {
  /** Milvus' or gRPC's code; they differ by server for the same fault, so nothing is decided by it. */
  readonly code: string;

  constructor(what: string, reason: string, code: string, cause: unknown) {
    super(`Milvus ${what}: ${reason}`, { cause });
    this.name = "MilvusFailure";
    this.code = code;
  }
}

/**
 * The result of a call of the SDK, whose failures come in four shapes: a result with a status that is not a success, a
 * plain object thrown, a gRPC error, and a TypeError from inside. A method that the server lacks resolves to `{}`: also
 * a failure.
 *
 * @throws MilvusFailure, or the signal's reason
 */
export async function milvusCall<T extends object>(
  what: string,
  call: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  const limited = AbortSignal.any([signal, AbortSignal.timeout(CALL_MS_MAX)]);
  const result = await abortable(
    call().catch((error: unknown) => thrown(what, error)),
    limited,
  );
  const status = "status" in result ? result.status : result;
  const code = member(status, "error_code");
  if (code === "Success" || code === 0) return result;
  const reason = member(status, "reason") ?? "the server does not know the call";
  throw new MilvusFailure(what, String(reason), String(member(status, "code") ?? code), result);
}

function thrown(what: string, error: unknown): never {
  const reason = error instanceof Error ? error.message : (member(error, "reason") ?? error);
  throw new MilvusFailure(what, String(reason), String(member(error, "code") ?? "unknown"), error);
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
