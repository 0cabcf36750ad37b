import type { DocumentState, StoreLayout, VectorStore } from "../../lambdas/ports/store.ts";
import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";

/** A store with what only its engine's test can do to it. */
export interface StoreUnderTest {
  /** Opens the store; again on the same data when called again. */
  open(): Promise<VectorStore>;
  /** Writes, and once that is acknowledged, kills what holds the data as hard as can be. Null where nothing outlives the process. */
  readonly writeAndKill: ((write: AcknowledgedWrite) => Promise<void>) | null;
  /** A known gap of the engine: the kill may cost a checkpoint that was acknowledged. The log then makes it again. */
  readonly killMayLose?: boolean;
  close(): Promise<void>;
}

export interface AcknowledgedWrite {
  readonly layout: StoreLayout;
  readonly documents: readonly DocumentState[];
  readonly checkpoint: Checkpoint;
}

/** Gives the laws the store that is open while they run. */
export type StoreOf = () => VectorStore;
