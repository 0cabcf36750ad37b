import { z } from "zod";
import { CollectionView } from "./collection.ts";
import { LocationEntry } from "./edge-env.ts";
import { RegionParts } from "./region-parts.ts";
import { RegionsStanding, RegionSwitch } from "./regions-record.ts";

export const RegionStatus = z
  .strictObject({
    name: z.string(),
    latitude: z.number(),
    longitude: z.number(),
    reachable: z.boolean(),
    reads: RegionSwitch.shape.reads.describe("Whether this location sends reads there"),
    rttMs: z.number().describe("This location's estimate of the round trip"),
    parts: RegionParts,
    collections: z.array(CollectionView),
  })
  .meta({ id: "RegionStatus" });
export type RegionStatus = z.output<typeof RegionStatus>;

export const StatusReply = z
  .strictObject({
    location: z.strictObject({
      name: z.string(),
      city: z.string(),
      latitude: z.number(),
      longitude: z.number(),
    }),
    /** Other locations by their own addresses; empty where one address serves all. */
    locations: z.array(LocationEntry),
    distance: z.enum(["real", "simulated", "off"]),
    primary: z.string(),
    regionsRecord: RegionsStanding,
    regions: z.array(RegionStatus),
    requestId: z.string(),
  })
  .meta({ id: "StatusReply" });
export type StatusReply = z.output<typeof StatusReply>;

export const CollectionsReply = z
  .strictObject({ collections: z.array(CollectionView), region: z.string(), requestId: z.string() })
  .meta({ id: "CollectionsReply" });
export type CollectionsReply = z.output<typeof CollectionsReply>;
