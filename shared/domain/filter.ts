/**
 * A metadata filter as a syntax tree, after parsing. The wire form (`$eq`, `$and` ...) is in contracts/filter.ts.
 *
 * Semantics, the same on every engine: a comparison with a field that a document lacks is *unknown*, as in SQL;
 * `not` of unknown is unknown; only documents whose filter is *true* match. So `ne` does not match a missing field.
 */
export type FilterValue = string | number | boolean;

export type FieldType = "string" | "number" | "boolean";

export type Comparison = "eq" | "ne" | "gt" | "gte" | "lt" | "lte";

export type Filter =
  | { readonly op: Comparison; readonly field: string; readonly value: FilterValue }
  | { readonly op: "in" | "nin"; readonly field: string; readonly values: readonly FilterValue[] }
  | { readonly op: "and" | "or"; readonly filters: readonly Filter[] }
  | { readonly op: "not"; readonly filter: Filter };
