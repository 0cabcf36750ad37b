import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { VectorStore } from "../../lambdas/ports/store.ts";
import { required } from "../../shared/std/assert.ts";
import { checkpointLaws } from "./store-checkpoint-laws.ts";
import { crashLaws } from "./store-crash-laws.ts";
import { TRAIT_LAWS, type Difference } from "./store-differences.ts";
import { filterLaws } from "./store-filter-laws.ts";
import { lexicalLaws } from "./store-lexical-laws.ts";
import { searchLaws } from "./store-search-laws.ts";
import type { StoreOf, StoreUnderTest } from "./store-under-test.ts";
import { viewLaws } from "./store-view-laws.ts";
import { writeLaws } from "./store-write-laws.ts";

/** The contract of `VectorStore`: every law, the same for every engine. Where `traits` say no, the suite asserts what is instead. */
export function describeStore(
  name: string,
  start: () => Promise<StoreUnderTest>,
  differences: readonly Difference[],
): void {
  describe(`vector store ${name}`, () => {
    let started: StoreUnderTest | null = null;
    let store: VectorStore | null = null;
    const opened: StoreOf = () => required(store, "the store is open");
    beforeAll(async () => {
      started = await start();
      store = await started.open();
    });
    afterAll(async () => {
      await store?.close();
      await started?.close();
    });
    test("every trait that it lacks is in the table of stated differences", () => {
      const { snapshotReads, durable, lexical, substrings } = opened().traits;
      const stated = new Set(differences.map(({ law }) => law));
      expect(snapshotReads || stated.has(TRAIT_LAWS.snapshotReads)).toBe(true);
      expect(lexical || stated.has(TRAIT_LAWS.lexical)).toBe(true);
      expect(substrings || stated.has(TRAIT_LAWS.substrings)).toBe(true);
      expect(durable || stated.has(TRAIT_LAWS.durable)).toBe(true);
    });
    writeLaws(opened);
    searchLaws(opened);
    filterLaws(opened);
    lexicalLaws(opened);
    viewLaws(opened);
    checkpointLaws(opened, () => required(started, "the engine has started").open());
    crashLaws(opened, () => required(started, "the engine has started"));
  });
}
