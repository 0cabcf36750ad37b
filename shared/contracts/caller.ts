import { z } from "zod";
import { canonicalJson } from "../std/canonical-json.ts";
import { equalInConstantTime, hmacHex } from "../std/bytes.ts";

export const Scope = z.enum(["read", "write", "admin"]);
export type Scope = z.output<typeof Scope>;

/** Who asks, as the door found out. The tenant comes from the credential only. */
export const Caller = z.strictObject({
  tenant: z.string(),
  keyId: z.string(),
  scopes: z.array(Scope),
});
export type Caller = z.output<typeof Caller>;

/** A caller as a location vouches for it to a region function: the edge must not be the only guard. */
export const CallerContext = z.strictObject({
  caller: Caller,
  issuedMs: z.int(),
  signature: z.string(),
});
export type CallerContext = z.output<typeof CallerContext>;

/** A context lives this long either way, which covers two machines' clocks. */
const WINDOW_MS = 60_000;

export function signCaller(caller: Caller, secret: string, nowMs: number): CallerContext {
  return {
    caller,
    issuedMs: nowMs,
    signature: hmacHex(secret, canonicalJson({ caller, issuedMs: nowMs })),
  };
}

/** Whether the context was signed with the secret, within the window around `nowMs`. */
export function callerIsGenuine(context: CallerContext, secret: string, nowMs: number): boolean {
  const { caller, issuedMs } = context;
  if (Math.abs(nowMs - issuedMs) > WINDOW_MS) return false;
  return equalInConstantTime(
    context.signature,
    hmacHex(secret, canonicalJson({ caller, issuedMs })),
  );
}

/** An API key as the regions' Redis holds it, under the SHA-256 of the key. */
export const KeyRecord = z.strictObject({
  keyId: z.string(),
  tenant: z.string(),
  scopes: z.array(Scope),
  expiresMs: z.int().nullable(),
});
export type KeyRecord = z.output<typeof KeyRecord>;

/** Redis key of an API key's record. The key itself is never stored. */
export function keyRecordName(keyDigest: string): string {
  return `nf:key:${keyDigest}`;
}
