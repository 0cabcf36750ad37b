import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { z } from "zod";
import type { ReplicateEvent } from "../../shared/contracts/region-event.ts";
import type { Bell } from "../ports/bell.ts";

/** How many collections the function looked at: none where it knows no such one. */
const Rung = z.object({ collections: z.int() });
const RING_MS_MAX = 5_000;
/** Rings under way to one region; more would only say the same again. */
const RINGS_MAX = 8;

/** The function that is rung, and its alias where it has one. */
export interface BellTarget {
  readonly FunctionName: string;
  readonly Qualifier?: string;
}

/** Rings the other regions' `replicate` functions: by asynchronous Invoke, or by one that is waited for. */
export class LambdaBell implements Bell {
  readonly #others: readonly { readonly region: string; readonly client: LambdaClient }[];
  readonly #target: BellTarget;
  readonly #onFailure: (region: string, error: unknown) => void;
  readonly #underWay = new Map<string, number>();

  constructor(
    others: readonly { readonly region: string; readonly client: LambdaClient }[],
    target: BellTarget,
    onFailure: (region: string, error: unknown) => void,
  ) {
    this.#others = others;
    this.#target = target;
    this.#onFailure = onFailure;
  }

  get others(): number {
    return this.#others.length;
  }

  ring(event: ReplicateEvent): void {
    for (const { region, client } of this.#others) {
      const underWay = this.#underWay.get(region) ?? 0;
      if (underWay >= RINGS_MAX) continue;
      this.#underWay.set(region, underWay + 1);
      void this.#ringOne(region, client, event);
    }
  }

  ringAndWait(event: ReplicateEvent, signal: AbortSignal): readonly Promise<string | null>[] {
    return this.#others.map(({ region, client }) => this.#waitFor(region, client, event, signal));
  }

  async #waitFor(
    region: string,
    client: LambdaClient,
    event: ReplicateEvent,
    signal: AbortSignal,
  ): Promise<string | null> {
    try {
      const command = new InvokeCommand({ ...this.#target, Payload: JSON.stringify(event) });
      const { FunctionError, Payload } = await client.send(command, { abortSignal: signal });
      if (FunctionError !== undefined || Payload === undefined) return null;
      const { collections } = Rung.parse(JSON.parse(Payload.transformToString()));
      return collections > 0 ? region : null;
    } catch (error) {
      this.#onFailure(region, error);
      return null;
    }
  }

  async #ringOne(region: string, client: LambdaClient, event: ReplicateEvent): Promise<void> {
    try {
      const command = new InvokeCommand({
        ...this.#target,
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
