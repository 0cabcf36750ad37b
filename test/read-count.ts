import { InvalidArgumentError } from "commander";

/** A whole number from 1 on, as a command line gives it. */
export function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new InvalidArgumentError("A whole number from 1 on is needed.");
  return count;
}
