import type { AppendRequest } from "../ports/write-log.ts";

/** What a repetition of a write is known by. */
export interface Keyed {
  /** Digest of tenant, collection, caller and idempotency key. */
  readonly scope: string;
  /** Of the canonical request. */
  readonly digest: string;
}

/** What the log knows an append by. @param start number of its first entry among the write's */
export function appendOf(
  { scope, digest }: Keyed,
  start: number,
): Pick<AppendRequest, "idempotencyScope" | "requestDigest"> {
  return { idempotencyScope: `${scope}:${start}`, requestDigest: digest };
}
