import { toUnitVector } from "../../shared/domain/vector.ts";
import { required } from "../../shared/std/assert.ts";
import { vectorOf } from "../flows/vectors.ts";

/** Queries have vectors that no document has. */
const QUERIES_FROM = 1_000_000_000;

/** The vector of a query as it is sent. */
export function queryNumbersOf(query: number): number[] {
  return vectorOf(QUERIES_FROM + query);
}

/** The same as a region reads it. */
export function queryVectorOf(query: number): Float32Array {
  return required(toUnitVector(Float32Array.from(queryNumbersOf(query))), "it has a length");
}
