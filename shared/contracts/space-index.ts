import { z } from "zod";

/** As every engine takes them. */
const graph = {
  m: z.int().min(4).max(64).describe("Edges a vector"),
  efConstruction: z.int().min(8).max(512).describe("Candidates kept while the graph is built"),
  ef: z.int().min(1).max(32_768).describe("Candidates kept while it is walked"),
  fromVectors: z
    .int()
    .min(1_000)
    .describe("Vectors of a shard from which the graph is built; fewer are scanned"),
};

/** An index that is named. */
export const WantedIndex = z
  .union([
    z.enum(["auto", "exact"]),
    z.strictObject({
      kind: z.literal("hnsw"),
      m: graph.m.optional(),
      efConstruction: graph.efConstruction.optional(),
      ef: graph.ef.optional(),
      fromVectors: graph.fromVectors.optional(),
    }),
  ])
  .describe(
    "`auto`: as the store does by itself; `exact`: every vector is looked at; `hnsw`: a graph, which is approximate",
  );

export const IndexBudget = z
  .strictObject({
    recallMin: z
      .number()
      .min(0.5)
      .max(1)
      .describe("Share of the ten nearest that a search must find"),
    latencyMsMax: z
      .number()
      .min(0.1)
      .max(10_000)
      .optional()
      .describe("What a search of one shard may take"),
    memoryBytesMax: z
      .int()
      .min(1)
      .optional()
      .describe("What the graph of one shard may take; a larger shard is scanned"),
  })
  .describe("What the index must keep: its kind and settings are chosen for it, and explained");

const because = z.string().describe("Why, for people");

/** How the vectors of a space are found, as it was settled at creation. The same form as the domain's `IndexPlan`. */
export const SpaceIndex = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.enum(["auto", "exact"]), because }),
    z.strictObject({
      kind: z.literal("hnsw"),
      ...graph,
      upToVectors: z.int().min(1).nullable().describe("More vectors of a shard are scanned too"),
      because,
    }),
  ])
  .meta({ id: "SpaceIndex" });
export type SpaceIndex = z.output<typeof SpaceIndex>;
