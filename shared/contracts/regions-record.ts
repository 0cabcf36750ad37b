import { z } from "zod";
import { REGIONS_MAX, RegionEntry } from "./regions.ts";

/** In each region's Redis: what was published last, and the newest record that a location has taken from there. One slot of a cluster. */
export const REGIONS_KEYS = { published: "regions", kept: "nf:{regions}:kept" } as const;
/** A record of as many regions as there may be has less than half of it. */
export const REGIONS_BYTES_MAX = 8 * 1024;
/** One version a second is thirty years: a greater one is a mistake, and would lock out all that come later. */
const VERSION_MAX = 1_000_000_000;

/** Whether reads may go to a region. Writes and replication do not ask. */
export const RegionSwitch = z
  .strictObject({ name: RegionEntry.shape.name, reads: z.enum(["on", "off"]) })
  .meta({ id: "RegionSwitch" });
export type RegionSwitch = z.output<typeof RegionSwitch>;

/** The published regions record: which of the regions that a deployment knows are read. What it does not list is not. */
export const RegionsRecord = z
  .strictObject({
    version: z.int().min(1).max(VERSION_MAX).describe("Above that of every record before it"),
    regions: z.array(RegionSwitch).min(1).max(REGIONS_MAX),
  })
  .refine(({ regions }) => new Set(regions.map(({ name }) => name)).size === regions.length, {
    path: ["regions"],
    message: "names are distinct",
  })
  .refine(({ regions }) => regions.some(({ reads }) => reads === "on"), {
    path: ["regions"],
    message: "reads of at least one region are on",
  })
  .meta({ id: "RegionsRecord" });
export type RegionsRecord = z.output<typeof RegionsRecord>;

/** Why a published record was not taken. `altered`: of the version that is served, and not the same. */
export const RegionsRefusal = z.enum([
  "empty",
  "too-large",
  "malformed",
  "invalid",
  "unknown-region",
  "older",
  "altered",
]);
export type RegionsRefusal = z.output<typeof RegionsRefusal>;

/** A published record that was not taken. */
export const RegionsRejection = z
  .strictObject({
    reason: RegionsRefusal,
    version: z.int().nullable().describe("That it says it has; null where that can't be read"),
    served: z.int().min(0).describe("The version that is served instead"),
    region: z.string().describe("In whose Redis it lies"),
    atMs: z.int(),
  })
  .meta({ id: "RegionsRejection" });
export type RegionsRejection = z.output<typeof RegionsRejection>;

/** What the answering isolate routes by. */
export const RegionsStanding = z
  .strictObject({
    version: z.int().min(0).describe("0: as deployed, nothing published"),
    rejected: RegionsRejection.nullable().describe("The last record that was not taken"),
  })
  .meta({ id: "RegionsStanding" });
export type RegionsStanding = z.output<typeof RegionsStanding>;

/** GET /v1/regions */
export const RegionsReply = z
  .strictObject({
    ...RegionsStanding.shape,
    location: z.string(),
    regions: z.array(RegionSwitch),
    stores: z
      .array(
        z.strictObject({
          region: z.string(),
          reachable: z.boolean(),
          version: z
            .int()
            .nullable()
            .describe("Of the record in this region's Redis; null: none, or no good one"),
        }),
      )
      .describe("The Redis of each region"),
    requestId: z.string(),
  })
  .meta({ id: "RegionsReply" });
export type RegionsReply = z.output<typeof RegionsReply>;

/** PUT /v1/regions */
export const PublishRegionsReply = z
  .strictObject({
    version: z.int().min(1),
    regions: z.array(RegionSwitch),
    stores: z.array(
      z.strictObject({ region: z.string(), outcome: z.enum(["taken", "unreachable"]) }),
    ),
    requestId: z.string(),
  })
  .meta({ id: "PublishRegionsReply" });
export type PublishRegionsReply = z.output<typeof PublishRegionsReply>;
