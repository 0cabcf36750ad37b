import { assert } from "../../shared/std/assert.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import type { StoreLayout } from "../ports/store.ts";

const DIGEST_CHARS = 40;

/**
 * Column of a declared field; prefixed, so that names of users never meet ours. A path is digested: engines read dots as
 * their own, and take names of at most 255 characters, which four names of 64 pass.
 */
export function fieldColumn(name: string): string {
  return name.includes(".") ? `p_${sha256Hex(name).slice(0, DIGEST_CHARS)}` : `m_${name}`;
}

/** Column of a field in a filter: of declared ones only, so nothing else becomes a part of an expression. */
export function filterColumn({ fields }: Pick<StoreLayout, "fields">, field: string): string {
  assert(
    fields.some(({ name }) => name === field),
    "a filter's fields are declared",
  );
  return fieldColumn(field);
}
