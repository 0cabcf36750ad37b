import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { ReplicateEvent } from "../../shared/contracts/region-event.ts";
import type { Bell } from "../ports/bell.ts";

const RING_MS_MAX = 5_000;
/** Rings under way to one region; more would only say the same again. */
const RINGS_MAX = 8;

/** Rings the other regions' `replicate` functions by asynchronous Invoke. */
export class LambdaBell implements Bell {
  readonly #others: readonly { readonly region: string; readonly client: LambdaClient }[];
  readonly #functionName: string;
  readonly #onFailure: (region: string, error: unknown) => void;
  readonly #underWay = new Map<string, number>();

  constructor(
    others: readonly { readonly region: string; readonly client: LambdaClient }[],
    functionName: string,
    onFailure: (region: string, error: unknown) => void,
  ) {
    this.#others = others;
    this.#functionName = functionName;
    this.#onFailure = onFailure;
  }

  ring(event: ReplicateEvent): void {
    for (const { region, client } of this.#others) {
      const underWay = this.#underWay.get(region) ?? 0;
      if (underWay >= RINGS_MAX) continue;
      this.#underWay.set(region, underWay + 1);
      void this.#ringOne(region, client, event);
    }
  }

  async #ringOne(region: string, client: LambdaClient, event: ReplicateEvent): Promise<void> {
    try {
      const command = new InvokeCommand({
        FunctionName: this.#functionName,
        InvocationType: "Event",
        Payload: JSON.stringify(event),
      });
      await client.send(command, { abortSignal: AbortSignal.timeout(RING_MS_MAX) });
    } catch (error) {
      this.#onFailure(region, error);
    } finally {
      this.#underWay.set(region, (this.#underWay.get(region) ?? 1) - 1);
    }
  }
}
