import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DocumentState, StoreLayout, VectorStore } from "../../lambdas/ports/store.ts";
import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import { required } from "../../shared/std/assert.ts";
import { checkpointLaws } from "./store-checkpoint-laws.ts";
import { crashLaws } from "./store-crash-laws.ts";
import { TRAIT_LAWS, type Difference } from "./store-differences.ts";
import { filterLaws } from "./store-filter-laws.ts";
import { searchLaws } from "./store-search-laws.ts";
import { viewLaws } from "./store-view-laws.ts";
import { writeLaws } from "./store-write-laws.ts";

/** A store with what only its engine's test can do to it. */
export interface StoreUnderTest {
  /** Opens the store; again on the same data when called again. */
  open(): Promise<VectorStore>;
  /** Writes, and once that is acknowledged, kills what holds the data as hard as can be. Null where nothing outlives the process. */
  readonly writeAndKill: ((write: AcknowledgedWrite) => Promise<void>) | null;
  close(): Promise<void>;
}

export interface AcknowledgedWrite {
  readonly layout: StoreLayout;
  readonly documents: readonly DocumentState[];
  readonly checkpoint: Checkpoint;
}

/** Gives the laws the store that is open while they run. */
export type StoreOf = () => VectorStore;

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
      const { snapshotReads, durable } = opened().traits;
      const stated = new Set(differences.map(({ law }) => law));
      expect(snapshotReads || stated.has(TRAIT_LAWS.snapshotReads)).toBe(true);
      expect(durable || stated.has(TRAIT_LAWS.durable)).toBe(true);
    });
    writeLaws(opened);
    searchLaws(opened);
    filterLaws(opened);
    viewLaws(opened);
    checkpointLaws(opened, () => required(started, "the engine has started").open());
    crashLaws(opened, () => required(started, "the engine has started"));
  });
}
