import type { VectorStore } from "../../lambdas/ports/store.ts";
import type { AcknowledgedWrite } from "./acknowledged-writes.ts";

/** A store with what only its engine's test can do to it. */
export interface StoreUnderTest {
  /** Opens the store; again on the same data when called again. */
  open(): Promise<VectorStore>;
  /** Writes, and once that is acknowledged, kills what holds the data as hard as can be. Null where nothing outlives the process. */
  readonly writeAndKill: ((writes: readonly AcknowledgedWrite[]) => Promise<void>) | null;
  close(): Promise<void>;
}

/** Gives the laws the store that is open while they run. */
export type StoreOf = () => VectorStore;
