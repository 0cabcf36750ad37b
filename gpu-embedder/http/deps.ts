import type { Clock } from "../../shared/std/clock.ts";
import type { Log } from "../ports/log.ts";
import type { EmbedderMetrics } from "../ports/metrics.ts";
import type { PairLane } from "../queue/pair-lane.ts";
import type { PictureLane } from "../queue/picture-lane.ts";
import type { RerankLane } from "../queue/rerank-lane.ts";
import type { TextLane } from "../queue/text-lane.ts";

/** What the routes work with. */
export interface EmbedderDeps {
  readonly text: TextLane;
  readonly image: PictureLane;
  readonly rerank: RerankLane;
  readonly crossEncoders: readonly PairLane[];
  readonly clock: Clock;
  /** A signal that aborts after so many milliseconds, with a TimeoutError. */
  readonly abortAfter: (delayMs: number) => AbortSignal;
  readonly newRequestId: () => string;
  readonly metrics: EmbedderMetrics;
  readonly log: Log;
}
