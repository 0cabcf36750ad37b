import { z } from "zod";
import { Caller } from "./caller.ts";
import { RetrieveRequest } from "./retrieve.ts";

/** A retrieval that is asked for often in the cities around a region, as their locations remember it in the region's Redis. */
export const HotQuery = z.strictObject({ caller: Caller, request: RetrieveRequest });
export type HotQuery = z.output<typeof HotQuery>;

/** In a region's Redis: cache keys by how hot they are, and what was asked under each. */
export const HOT_LIST_KEYS = { heat: "nf:{hot}:heat", queries: "nf:{hot}:queries" } as const;
