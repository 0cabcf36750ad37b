import { MaintainEvent } from "../../shared/contracts/maintain-event.ts";
import { composeMaintain } from "../compose.ts";

/** Building an index or copying a collection takes as long as it takes; the function's limit is above this. */
const MAINTAIN_MS_MAX = 10 * 60_000;

const composed = composeMaintain();

/** Lambda entry of maintenance, called by schedule. Only IAM lets anyone call it; it reads nothing from its caller. */
export async function handler(payload: unknown): Promise<{ collections: number }> {
  const event = MaintainEvent.parse(payload);
  const maintainer = await composed;
  return { collections: await maintainer.maintain(event, AbortSignal.timeout(MAINTAIN_MS_MAX)) };
}
