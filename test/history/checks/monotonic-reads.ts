import { sessionCheck } from "../session-check.ts";
import { isAnswered } from "../operation.ts";

/** In a session, what a read is served from covers every point that the session saw, whatever place and tier answer. */
export const monotonicReads = sessionCheck(
  "monotonic-reads",
  isAnswered,
  ({ servedPosition }) => servedPosition,
);
