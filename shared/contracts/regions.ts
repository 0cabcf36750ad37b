import { z } from "zod";

export const REGIONS_MAX = 40;

/** A region as a location sees it: where it is, and how its functions and its Redis are reached. */
export const RegionEntry = z.strictObject({
  name: z.string().regex(/^[a-z]{2}-[a-z]+-\d$/),
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  /** Lambda endpoint; left out in the cloud, where the SDK knows it. */
  invokeUrl: z.url().optional(),
  redisUrl: z.url(),
});
export type RegionEntry = z.output<typeof RegionEntry>;

/** The regions that a deployment knows. Which of them are read is said by the published record (`regions-record.ts`). */
export const RegionsBase = z
  .strictObject({ primary: z.string(), regions: z.array(RegionEntry).min(1).max(REGIONS_MAX) })
  .refine(
    (record) => record.regions.some((region) => region.name === record.primary),
    "primary names one of the regions",
  )
  .refine(
    (record) => new Set(record.regions.map((region) => region.name)).size === record.regions.length,
    "names are distinct",
  );
export type RegionsBase = z.output<typeof RegionsBase>;
