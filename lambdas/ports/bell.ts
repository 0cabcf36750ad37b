import type { ReplicateEvent } from "../../shared/contracts/region-event.ts";

/** Tells the other regions that there is something to pull. A lost ring is made good by the sweep. */
export interface Bell {
  /** How many other regions there are. */
  readonly others: number;
  /** Never waits for the other regions and never fails: what could not be rung is counted. */
  ring(event: ReplicateEvent): void;
  /** Rings each other region and waits until it has caught up: its name then, or null where it has not in time. Never rejects. */
  ringAndWait(event: ReplicateEvent, signal: AbortSignal): readonly Promise<string | null>[];
}
