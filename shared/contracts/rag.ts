import { z } from "zod";
import { Coverage, ExactReport, Hit, RerankReport } from "./retrieve.ts";

/** A sentence's source: `source` counts from 0 in the list that `sources` gave; the span is into that hit's passage text. */
export const Citation = z.strictObject({
  source: z.int().min(0),
  id: z.string(),
  span: z.strictObject({ start: z.int(), end: z.int() }),
});
export type Citation = z.output<typeof Citation>;

/** Events of a written answer, in order: one `sources`, then `text` each followed by its `citation`, `usage`, and `done` or `error`. */
export const RagEvent = z
  .discriminatedUnion("event", [
    z.strictObject({
      event: z.literal("sources"),
      sources: z.array(Hit),
      generator: z.string().describe("`extractive`: sentences are quoted, not written"),
      region: z.string(),
      location: z.string().optional().describe("Added by the edge"),
      servedPosition: z.int(),
      stalenessMs: z.int().nullable(),
      coverage: Coverage,
      rerank: RerankReport.optional(),
      exact: ExactReport.optional(),
      requestId: z.string(),
    }),
    z.strictObject({ event: z.literal("text"), text: z.string() }),
    z.strictObject({ event: z.literal("citation"), ...Citation.shape }),
    z.strictObject({ event: z.literal("usage"), sentencesRead: z.int(), sentencesQuoted: z.int() }),
    z.strictObject({ event: z.literal("done") }),
    z.strictObject({
      event: z.literal("error"),
      code: z.string(),
      hint: z.string(),
      requestId: z.string(),
    }),
  ])
  .meta({ id: "RagEvent" });
export type RagEvent = z.output<typeof RagEvent>;

/** A whole answer, where `stream` is false. */
export const RagReply = z
  .strictObject({
    answer: z.string(),
    citations: z.array(Citation),
    sources: z.array(Hit),
    generator: z.string(),
    region: z.string(),
    location: z.string(),
    servedPosition: z.int(),
    stalenessMs: z.int().nullable(),
    coverage: Coverage,
    rerank: RerankReport.optional(),
    exact: ExactReport.optional(),
    requestId: z.string(),
  })
  .meta({ id: "RagReply" });
export type RagReply = z.output<typeof RagReply>;
