import { expect, test } from "vitest";
import { NearfieldError } from "../client/nearfield-error.ts";
import { Problem, problemBody, problemDocument } from "../contracts/problems.ts";
import { complaintOf } from "./complaint.ts";
import { UsageError } from "./usage-error.ts";

const errors = [
  { pointer: "/shardKey/bounds/1", message: "bounds ascend" },
  { pointer: "", message: "a second offence" },
];
const refusal = new Problem("invalid-request", "Mend the shards.", { errors });
const problem = problemDocument(problemBody(refusal), "r1");

test("a refusal is told with each offence and its place", () => {
  const error = new NearfieldError("invalid-request", "Mend the shards.", { problem });
  expect(complaintOf(error)).toBe(
    "The request does not fit its schema: Mend the shards.\n  /shardKey/bounds/1 bounds ascend\n  a second offence",
  );
  expect(String(error)).toBe(
    "NearfieldError: invalid-request: Mend the shards. /shardKey/bounds/1 bounds ascend (and 1 more)",
  );
});

test("an error's message repeats no more than a line of what was sent", () => {
  const long = { ...problem, errors: [{ pointer: `/${"x".repeat(1_000)}`, message: "no" }] };
  const error = new NearfieldError("invalid-request", "Mend it.", { problem: long });
  expect(error.message.length).toBeLessThan(350);
  expect(error.errors).toEqual(long.errors);
});

test("what a caller can mend comes without a stack, a bug with its own", () => {
  expect(complaintOf(new UsageError("Give --shards."))).toBe("Give --shards.");
  expect(complaintOf(new TypeError("a bug"))).toContain("complaint.test.ts");
});
