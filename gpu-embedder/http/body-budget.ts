import { EMBEDDER_LIMITS } from "../../shared/contracts/embedder.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { QUEUE_LIMITS } from "../limits.ts";

/** Keeps the bodies of all requests together within a bound, since a picture's body is held until it has its vector. */
export class BodyBudget {
  private heldBytes = 0;

  /** Runs the work while the body counts as held; a body of unknown length counts as the largest. Throws `overloaded`. */
  async hold(contentLength: string | undefined, work: () => Promise<void>): Promise<void> {
    const bytes =
      contentLength === undefined ? EMBEDDER_LIMITS.bodyBytesMax : Number(contentLength);
    // A body over the limit is refused by its length, before a byte of it is read.
    const held = Math.min(bytes, EMBEDDER_LIMITS.bodyBytesMax);
    if (this.heldBytes + held > QUEUE_LIMITS.bodiesBytesMax) {
      throw new Problem("overloaded", "Repeat later, or ask another region's embedder.");
    }
    this.heldBytes += held;
    try {
      await work();
    } finally {
      this.heldBytes -= held;
    }
  }
}
