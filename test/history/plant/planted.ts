import { fileURLToPath } from "node:url";
import { edgeBugs, type Serve } from "../../simulate/bug.ts";
import { BUGS } from "../../simulate/bugs.ts";
import type { Send } from "../session.ts";
import { realTime } from "./real-time.ts";

/** Bugs that show only where something goes wrong that can't be made to go wrong in a twin. */
export const NOT_IN_TWIN: Readonly<Record<string, string>> = {
  "segment-after-append": "documents of histories are small: none lies in a segment",
  "sample-older-than-T": "takes a clock of the log that jumps",
  "partial-answer-cached": "takes legs that fail, which are in the region's own process",
};

/** What a twin's processes are to have in their environment, so that the bug is in them. */
export function plantedEnv(bug: string | null): Record<string, string> {
  if (bug === null) return {};
  const hooks = fileURLToPath(new URL("./hooks.ts", import.meta.url));
  const options = process.env["NODE_OPTIONS"] ?? "";
  return { NODE_OPTIONS: `${options} --import=${hooks}`.trim(), NEARFIELD_PLANT: bug };
}

/** Requests to locations that have the bug, where it lies before all of what a location is made of. */
export function plantedSend(bug: string | null, send: Send): Send {
  const served = new Map<string, Serve>();
  const { serve } = edgeBugs(bug === null ? null : (BUGS[bug] ?? null), { time: realTime });
  return (location, tenant, request) => {
    const at =
      served.get(location) ??
      serve((of, asked) => send(location, of, { ...asked, deadlineMs: request.deadlineMs }));
    served.set(location, at);
    return at(tenant, request);
  };
}
