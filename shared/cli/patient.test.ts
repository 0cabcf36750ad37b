import { expect, test } from "vitest";
import { NearfieldError, type ClientErrorCode } from "../client/nearfield-error.ts";
import { patiently } from "./patient.ts";

const signal = new AbortController().signal;

/** What was waited for, where `failures` come before the answer. */
async function waits(...failures: NearfieldError[]) {
  const sleepsMs: number[] = [];
  const platform = { sleep: async (ms: number) => void sleepsMs.push(ms), random: () => 0 };
  const left = [...failures];
  const ask = async () => {
    const error = left.shift();
    if (error !== undefined) throw error;
    return "answer";
  };
  const outcome = await patiently(platform, ask, signal).catch((error: unknown) => error);
  return { outcome, sleepsMs };
}

const refusal = (
  code: ClientErrorCode,
  status: number | null,
  retryAfterMs: number | null = null,
) => new NearfieldError(code, "hint", { problem: null, status, retryAfterMs });

test("what is refused for now is asked again, after as long as was asked for", async () => {
  const { outcome, sleepsMs } = await waits(
    refusal("bad-reply", 429, 7_000),
    refusal("overloaded", 503, 1_000),
    refusal("network-error", null),
  );
  expect(outcome).toBe("answer");
  expect(sleepsMs).toEqual([7_000, 1_000, 0]);
});

test("what waiting can't mend fails at once", async () => {
  const error = refusal("invalid-request", 400);
  expect(await waits(error)).toEqual({ outcome: error, sleepsMs: [] });
});

test("patience ends: after six tries, after a minute, or where more than half a minute is asked for", async () => {
  const six = Array.from({ length: 9 }, () => refusal("overloaded", 503, 0));
  expect((await waits(...six)).sleepsMs).toHaveLength(5);
  const minute = Array.from({ length: 9 }, () => refusal("overloaded", 503, 25_000));
  expect((await waits(...minute)).sleepsMs).toEqual([25_000, 25_000]);
  expect((await waits(refusal("overloaded", 503, 31_000))).sleepsMs).toEqual([]);
});
