import { z } from "zod";
import { RagEvent } from "./rag.ts";
import { RegionHit, Served } from "./region-event.ts";

const [Sources, ...others] = RagEvent.options;

/** An event as a region streams it: hits carry media hashes, which the edge signs into paths. */
export const RegionRagEvent = z.discriminatedUnion("event", [
  Sources.omit({ sources: true, location: true }).extend({
    sources: z.array(RegionHit),
    served: Served,
  }),
  ...others,
]);
export type RegionRagEvent = z.output<typeof RegionRagEvent>;
