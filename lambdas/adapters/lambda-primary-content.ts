import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import {
  ContentPartResult,
  type ContentCursor,
  type ContentPart,
  type ContentPartEvent,
} from "../../shared/contracts/content-part.ts";
import type { Point } from "../../shared/domain/point.ts";
import type { PrimaryContent } from "../ports/primary-content.ts";
import type { BellTarget } from "./lambda-bell.ts";

const PART_MS_MAX = 25_000;

/** Asks the `replicate` function of whichever region is the primary. */
export class LambdaPrimaryContent implements PrimaryContent {
  readonly #clients: ReadonlyMap<string, LambdaClient>;
  readonly #target: BellTarget;
  readonly #onFailure: (region: string, error: unknown) => void;

  /** @param clients of the other regions, by name */
  constructor(
    clients: ReadonlyMap<string, LambdaClient>,
    target: BellTarget,
    onFailure: (region: string, error: unknown) => void,
  ) {
    this.#clients = clients;
    this.#target = target;
    this.#onFailure = onFailure;
  }

  async part(
    { tenant, name, incarnation, primary }: CollectionRecord,
    point: Point,
    from: ContentCursor | null,
    signal: AbortSignal,
  ): Promise<ContentPart | null> {
    const event: ContentPartEvent = { op: "content", tenant, name, incarnation, point, from };
    try {
      const command = new InvokeCommand({ ...this.#target, Payload: JSON.stringify(event) });
      const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(PART_MS_MAX)]);
      const answer = await this.#clients.get(primary)?.send(command, { abortSignal });
      if (answer?.Payload === undefined) return null;
      if (answer.FunctionError !== undefined) throw new Error(answer.FunctionError);
      return ContentPartResult.parse(JSON.parse(answer.Payload.transformToString())).part;
    } catch (error) {
      signal.throwIfAborted();
      this.#onFailure(primary, error);
      return null;
    }
  }
}
