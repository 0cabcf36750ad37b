import type { Redis } from "@upstash/redis";
import { Problem } from "../../shared/contracts/problems.ts";
import { abortable } from "../../shared/std/abortable.ts";

/** @throws Problem `log-unavailable` for whatever keeps the log's Redis from answering in time */
export async function askLog<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await abortable(promise, signal);
  } catch (error) {
    throw new Problem(
      "log-unavailable",
      "The log's Redis did not answer in time; see /v1/status.",
      {
        cause: error,
      },
    );
  }
}

/** Runs one of the log's scripts. @throws as `askLog` */
export function evalLog(
  redis: Redis,
  script: string,
  keys: string[],
  args: readonly (string | number)[],
  signal: AbortSignal,
): Promise<unknown> {
  return askLog(redis.eval<string[]>(script, keys, args.map(String)), signal);
}
