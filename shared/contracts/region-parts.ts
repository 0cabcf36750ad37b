import { z } from "zod";

/** What a region leans on, by name; `disk` of a store in a folder is `full` where too little is free for another write. */
export const RegionParts = z.record(z.string(), z.enum(["ok", "down", "full"]));
export type RegionParts = z.output<typeof RegionParts>;
