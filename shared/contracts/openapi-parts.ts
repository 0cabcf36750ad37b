import type { z } from "zod";
import { ProblemDocument } from "./problems.ts";

type Schema = z.ZodType;

/** A body. */
export function json(schema: Schema) {
  return { content: { "application/json": { schema } } };
}

/** Of every refusal. */
export const problem = {
  description: "A problem, as RFC 9457 has it",
  content: { "application/problem+json": { schema: ProblemDocument } },
};

/** What a call gives, or a problem. */
export function answers(schema: Schema, description: string, status = "200") {
  return { [status]: { description, ...json(schema) }, default: problem };
}
