import { z } from "zod";
import { jsonVariable } from "./json-variable.ts";
import { RegionsBase } from "./regions.ts";

/** A location as others may be pointed to it: for the page's switch, not for routing. */
export const LocationEntry = z.strictObject({
  name: z.string(),
  city: z.string(),
  latitude: z.number(),
  longitude: z.number(),
  url: z.url(),
});
export type LocationEntry = z.output<typeof LocationEntry>;

/** The environment of an edge location, after JSON variables were read. */
export const EdgeEnv = z.object({
  NEARFIELD_REGIONS: RegionsBase,
  /** Shared by the locations and the regions: signs callers and media paths. */
  NEARFIELD_CALLER_SECRET: z.string().min(32),
  AWS_ACCESS_KEY_ID: z.string().min(1),
  AWS_SECRET_ACCESS_KEY: z.string().min(1),
  /** Token of each region's Redis: a secret, so it comes as JSON text. */
  NEARFIELD_REDIS_TOKENS: jsonVariable(z.record(z.string(), z.string().min(1))),
  NEARFIELD_FUNCTION_PREFIX: z.string().default("nearfield-"),
  /** Alias of the regions' functions; left out: their newest version. */
  NEARFIELD_FUNCTION_QUALIFIER: z.string().min(1).optional(),
  /** Where the location is, where the platform's word for it is not to be believed: anyone can tell the twin's workerd otherwise. */
  NEARFIELD_HERE: z
    .strictObject({
      name: z.string(),
      city: z.string(),
      latitude: z.number(),
      longitude: z.number(),
    })
    .optional(),
  /** Other locations with addresses of their own; in the cloud there is one address, so the list is empty. */
  NEARFIELD_LOCATIONS: z.array(LocationEntry).max(64).default([]),
  /** How often an isolate looks for a newer regions record, ms. */
  NEARFIELD_REGIONS_POLL_MS: z.int().min(100).max(600_000).default(10_000),
  /** `simulated` where distance is made by the twin's links. */
  NEARFIELD_DISTANCE: z.enum(["real", "simulated", "off"]).default("real"),
});
export type EdgeEnv = z.output<typeof EdgeEnv>;
