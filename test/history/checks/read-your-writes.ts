import { sessionCheck } from "../session-check.ts";
import { isWrite } from "../operation.ts";

/** In a session, what a read is served from covers every point that the session wrote, whatever place and tier answer. */
export const readYourWrites = sessionCheck(
  "read-your-writes",
  (operation) => operation.outcome === "ok" && isWrite(operation),
  ({ position }) => position,
);
