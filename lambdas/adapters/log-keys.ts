import { sha256Hex } from "../../shared/std/bytes.ts";
import { canonicalJson } from "../../shared/std/canonical-json.ts";

/** All collections' records. */
export const REGISTRY = "nf:collections";
export const ALIASES = "nf:aliases";
export const ALIAS_VERSION = "nf:alias-version";
/** What is left of collections that were deleted. */
export const TOMBSTONES = "nf:tombstones";
export const DIRTY_SETS = 16;

/** Everything of an incarnation lies under one hash tag, so that a script may touch it on a Redis cluster too. */
export function headKey(incarnation: string): string {
  return `nf:{${incarnation}}:head`;
}

export function streamKey(incarnation: string): string {
  return `nf:{${incarnation}}:log`;
}

/** How far each region has told that it is. */
export function reportsKey(incarnation: string): string {
  return `nf:{${incarnation}}:reports`;
}

export function dirtyKey(incarnation: string): string {
  return `nf:dirty:${Number.parseInt(sha256Hex(incarnation).slice(0, 4), 16) % DIRTY_SETS}`;
}

export function idempotencyKey(incarnation: string, scope: string): string {
  return `nf:{${incarnation}}:idem:${scope}`;
}

/** Of the registry. As JSON: a tenant or a name can't reach into the other's part. */
export function recordField(tenant: string, name: string): string {
  return canonicalJson([tenant, name]);
}
