import { NearfieldError } from "../client/nearfield-error.ts";
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
