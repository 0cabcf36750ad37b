import type { Bug } from "./bug.ts";
import { EDGE_BUGS } from "./edge-bugs.ts";
import { LOG_BUGS } from "./log-bugs.ts";
import { STORE_BUGS } from "./store-bugs.ts";
import { WATCH_LIST_BUGS } from "./watch-list-bugs.ts";

/** Rules of faults.md and of the protocols as a careless builder would have them. Every one has to be caught. */
export const BUGS: Readonly<Record<string, Bug>> = {
  ...LOG_BUGS,
  ...STORE_BUGS,
  ...WATCH_LIST_BUGS,
  ...EDGE_BUGS,
};
