import { NearfieldError } from "../client/nearfield-error.ts";
import { Problem } from "../contracts/problems.ts";
import { UsageError } from "./usage-error.ts";

/** What went wrong, for whoever called; a bug with its stack. Offences come one a line, by their place in the request. */
export function complaintOf(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  if (error instanceof NearfieldError) {
    const offences = error.errors.map(
      ({ pointer, message }) => `  ${`${pointer} ${message}`.trim()}`,
    );
    return [`${error.title}: ${error.hint}`, ...offences].join("\n");
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** One line about something that was read and refused here. @throws the error itself where it is a bug */
export function refusalOf(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  if (error instanceof SyntaxError) return "not JSON";
  if (error instanceof Problem)
    return error.errors.map(({ pointer, message }) => `${pointer} ${message}`.trim()).join("; ");
  throw error;
}
