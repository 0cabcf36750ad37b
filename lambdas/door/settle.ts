import { Problem, problemBody, type ProblemBody } from "../../shared/contracts/problems.ts";

/**
 * Runs a function's use case under its deadline. Problems become a result: the function did its work, and the edge decides
 * what to make of it. Anything else is a bug and fails the invocation.
 *
 * @param deadlineMs time left to the caller
 * @param nowMs a clock that never falls
 * @returns the result with the time it took
 */
export async function settle<T extends object>(
  deadlineMs: number,
  nowMs: () => number,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<(T & { tookMs: number }) | { readonly kind: "problem"; readonly problem: ProblemBody }> {
  const startMs = nowMs();
  const signal = AbortSignal.timeout(deadlineMs);
  try {
    const result = await run(signal);
    return { ...result, tookMs: nowMs() - startMs };
  } catch (error) {
    if (error instanceof Problem) return { kind: "problem", problem: problemBody(error) };
    if (signal.aborted) {
      return {
        kind: "problem",
        problem: problemBody(
          new Problem(
            "deadline-exceeded",
            "The time that was left did not do: give a larger deadlineMs.",
          ),
        ),
      };
    }
    throw error;
  }
}
