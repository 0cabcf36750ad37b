import type { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import { Problem } from "../../shared/contracts/problems.ts";

/** Nobody is shown, or copies, what was found damaged. @throws Problem `copy-damaged` */
export function requireUndamaged({ damaged }: Checkpoint): void {
  if (damaged === true)
    throw new Problem(
      "copy-damaged",
      "The region's copy of the collection was found damaged, and is being built anew.",
    );
}
