import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { LookResult, type ReplicateEvent } from "../../shared/contracts/region-event.ts";
import type { Peers } from "../ports/peers.ts";
import type { BellTarget } from "./lambda-bell.ts";

/** Asks the other regions' `replicate` functions. */
export class LambdaPeers implements Peers {
  readonly #others: readonly { readonly region: string; readonly client: LambdaClient }[];
  readonly #target: BellTarget;
  readonly #waitMsMax: number;

  /** @param waitMsMax for an answer */
  constructor(
    others: readonly { readonly region: string; readonly client: LambdaClient }[],
    target: BellTarget,
    waitMsMax: number,
  ) {
    this.#others = others;
    this.#target = target;
    this.#waitMsMax = waitMsMax;
  }

  get names(): readonly string[] {
    return this.#others.map(({ region }) => region);
  }

  look(
    collections: Parameters<Peers["look"]>[0],
    signal: AbortSignal,
  ): Promise<readonly (LookResult | null)[]> {
    const named = collections.map(({ tenant, name, incarnation }) => ({
      tenant,
      name,
      incarnation,
    }));
    const event: ReplicateEvent = { op: "look", collections: named };
    return Promise.all(this.#others.map(({ client }) => this.#ask(client, event, signal)));
  }

  async #ask(
    client: LambdaClient,
    event: ReplicateEvent,
    signal: AbortSignal,
  ): Promise<LookResult | null> {
    try {
      const command = new InvokeCommand({ ...this.#target, Payload: JSON.stringify(event) });
      const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(this.#waitMsMax)]);
      const { FunctionError, Payload } = await client.send(command, { abortSignal });
      if (FunctionError !== undefined || Payload === undefined) return null;
      return LookResult.parse(JSON.parse(Payload.transformToString()));
    } catch {
      return null; // Silence is what is asked for: whoever asks counts it.
    }
  }
}
