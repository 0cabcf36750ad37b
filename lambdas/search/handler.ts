import { SearchEvent, type SearchResult } from "../../shared/contracts/region-event.ts";
import { composeSearch } from "../compose.ts";
import { settle } from "../door/settle.ts";
import { search } from "./search.ts";

const LOOKS: ReadonlySet<SearchEvent["op"]> = new Set([
  "status",
  "collections",
  "aliases",
  "snapshots",
]);

const composed = composeSearch();

/** Lambda entry of every read. */
export async function handler(payload: unknown): Promise<SearchResult> {
  const event = SearchEvent.parse(payload);
  const deps = await composed;
  return settle(
    event.deadlineMs,
    () => performance.now(),
    async (signal) => {
      const work = () => search(deps, deps.admit(event.context, "read"), event, signal);
      // Whoever looks how things stand needs to know it most of all where there is too much to do.
      const looking = LOOKS.has(event.op);
      return looking ? work() : deps.admission.run(event.deadlineMs, work);
    },
  );
}
