import {
  callerIsGenuine,
  type Caller,
  type CallerContext,
  type Scope,
} from "../../shared/contracts/caller.ts";
import { Problem } from "../../shared/contracts/problems.ts";

/**
 * The caller that a location vouches for, if its signature holds and it has the scope: the edge is not the only guard.
 * @throws Problem `forbidden`
 */
export function admit(context: CallerContext, scope: Scope, secret: string, nowMs: number): Caller {
  if (!callerIsGenuine(context, secret, nowMs))
    throw new Problem("forbidden", "This function is called by nearfield's locations only.");
  if (!context.caller.scopes.includes(scope))
    throw new Problem("forbidden", `This needs a key with the scope ${scope}.`);
  return context.caller;
}
