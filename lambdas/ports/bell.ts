import type { ReplicateEvent } from "../../shared/contracts/region-event.ts";

/** Tells the other regions that there is something to pull. A lost ring is made good by the sweep. */
export interface Bell {
  /** Never waits for the other regions and never fails: what could not be rung is counted. */
  ring(event: ReplicateEvent): void;
}
