import { z } from "zod";

/** What came of comparing a region's copy of a collection with the primary's, at one point. */
export const Reconciled = z
  .strictObject({
    verdict: z
      .enum(["agrees", "differs", "unknown"])
      .describe("unknown: the two could not be read at one position; it is tried again"),
    position: z.int().min(0).describe("That the region was at"),
    atMs: z.int().describe("Milliseconds since 1970"),
  })
  .meta({ id: "Reconciled" });
export type Reconciled = z.output<typeof Reconciled>;
