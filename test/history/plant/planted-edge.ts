/** What `workers/main.ts` wires, with a planted bug. */
import { wire as wireWhole, type Ports } from "../../../workers/compose.ts";
import type { Edge } from "../../../workers/edge.ts";
import { edgeBugs } from "../../simulate/bug.ts";
import { EDGE_BUGS } from "../../simulate/edge-bugs.ts";

export { choosePorts } from "../../../workers/compose.ts";

/** The bug's name: the bundler puts it here. */
declare const NEARFIELD_PLANTED: string;

export function wire(ports: Ports): Edge {
  const bugs = edgeBugs(EDGE_BUGS[NEARFIELD_PLANTED] ?? null, {
    time: {
      get nowMs() {
        return Date.now();
      },
      wait: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
      timeout: (delayMs) => AbortSignal.timeout(delayMs),
    },
  });
  const functions = [...ports.functions].map(([name, one]) => [name, bugs.functions(one)] as const);
  const stores = [...ports.stores].map(([name, one]) => [name, bugs.store(one)] as const);
  return bugs.edge(wireWhole({ ...ports, functions: new Map(functions), stores: new Map(stores) }));
}
