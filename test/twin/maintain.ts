/**
 * The function `maintain` of a region of the twin, in a process of its own, as Lambda would give it, with the schedules that call
 * it. It shares two cores with all the rest here, so it has a lower priority: reads go first.
 */
import { setPriority } from "node:os";
import { endWithParent } from "./child.ts";
import { logFailure, schedule } from "./schedule.ts";

/** A third of the others' weight where all want to run. Much less would hold up writers, who wait for the lease of a last step. */
const PRIORITY = 5;
/** EventBridge's shortest schedule is a minute; here a change of shards begins sooner. */
const RESHARD_MS = 2_000;
const MAINTAIN_MS = 60_000;
/** What is damaged is to be found within a minute. */
const SCRUB_MS = 20_000;
/** Likewise what a region needs to go on. */
const RESYNC_MS = 1_000;

// Threads have the priority of the one that made them: so before anything makes one.
setPriority(PRIORITY);
const { handler } = await import("../../lambdas/maintain/handler.ts");
const onFailure = (error: unknown) => logFailure("nearfield-maintain", error);
const timers = [
  schedule(handler, "reshard", RESHARD_MS, onFailure),
  schedule(handler, "fill", RESHARD_MS, onFailure),
  schedule(handler, "resync", RESYNC_MS, onFailure),
  schedule(handler, "snapshot", RESHARD_MS, onFailure),
  schedule(handler, "maintain", MAINTAIN_MS, onFailure),
  schedule(handler, "reconcile", MAINTAIN_MS, onFailure),
  schedule(handler, "scrub", SCRUB_MS, onFailure),
];
endWithParent(() => timers.forEach((timer) => clearInterval(timer)));
