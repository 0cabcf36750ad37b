import { dotProduct } from "../../shared/domain/vector.ts";
import { assert } from "../../shared/std/assert.ts";

/** Documents as they were at every position of their log: the oracle of what an answer at a position is. */
export class WrittenVectors {
  readonly #versions = new Map<
    string,
    { readonly position: number; readonly vector: Float32Array }[]
  >();
  #end = 0;

  /** @param vector of unit length */
  write(position: number, id: string, vector: Float32Array): void {
    assert(position > this.#end, "writes are told in the order of their positions");
    this.#end = position;
    const versions = this.#versions.get(id) ?? [];
    versions.push({ position, vector });
    this.#versions.set(id, versions);
  }

  /** Ids of the k nearest at a position, nearest first, ties by id. */
  nearest(query: Float32Array, k: number, position: number): string[] {
    const found: { readonly id: string; readonly near: number }[] = [];
    for (const [id, versions] of this.#versions) {
      const version = versions.findLast((one) => one.position <= position);
      if (version !== undefined) found.push({ id, near: dotProduct(query, version.vector) });
    }
    return found
      .sort((a, b) => b.near - a.near || (a.id < b.id ? -1 : 1))
      .slice(0, k)
      .map(({ id }) => id);
  }
}
