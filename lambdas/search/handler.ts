import { SearchEvent, type SearchResult } from "../../shared/contracts/region-event.ts";
import { composeSearch } from "../compose.ts";
import { Admission } from "../door/admission.ts";
import { settle } from "../door/settle.ts";
import { search } from "./search.ts";

/** Lambda gives each call a process of its own; where one process serves a region, this much work keeps its answers in time. */
const UNDER_WAY_MAX = 48;

const composed = composeSearch();
const admission = new Admission(UNDER_WAY_MAX, () => performance.now());

/** Lambda entry of every read. */
export async function handler(payload: unknown): Promise<SearchResult> {
  const event = SearchEvent.parse(payload);
  const deps = await composed;
  return settle(
    event.deadlineMs,
    () => performance.now(),
    async (signal) =>
      admission.run(event.deadlineMs, () =>
        search(deps, deps.admit(event.context, "read"), event, signal),
      ),
  );
}
