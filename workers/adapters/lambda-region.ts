import {
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import type { InvokeWithResponseStreamResponseEvent } from "@aws-sdk/client-lambda";
import { SearchResult } from "../../shared/contracts/region-event.ts";
import { WriteResult } from "../../shared/contracts/write-event.ts";
import type { AnswerEvent, SearchEvent } from "../../shared/contracts/region-event.ts";
import type { WriteEvent } from "../../shared/contracts/write-event.ts";
import type { RegionEntry } from "../../shared/contracts/regions.ts";
import { RegionFailure, type RegionFunctions } from "../ports/region-functions.ts";

export interface LambdaAccess {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly functionPrefix: string;
  /** Alias or version; undefined: the newest. */
  readonly qualifier: string | undefined;
}

/** A region's functions behind the Lambda Invoke API. */
export class LambdaRegion implements RegionFunctions {
  readonly region: string;
  readonly #client: LambdaClient;
  readonly #prefix: string;
  readonly #qualifier: { readonly Qualifier?: string };

  constructor(entry: RegionEntry, access: LambdaAccess) {
    this.region = entry.name;
    this.#prefix = access.functionPrefix;
    this.#qualifier = access.qualifier === undefined ? {} : { Qualifier: access.qualifier };
    this.#client = new LambdaClient({
      region: entry.name,
      credentials: { accessKeyId: access.accessKeyId, secretAccessKey: access.secretAccessKey },
      maxAttempts: 1, // The router knows which calls may be repeated, and where.
      ...(entry.invokeUrl === undefined ? {} : { endpoint: entry.invokeUrl }),
    });
  }

  async search(event: SearchEvent, signal: AbortSignal): Promise<SearchResult> {
    const { value, whole } = await this.#invoke("search", event, signal);
    // A region runs the same schemas, and checking every hit of an answer again would cost the edge more than all else.
    return whole ? (value as SearchResult) : SearchResult.parse(value);
  }

  async write(event: WriteEvent, signal: AbortSignal): Promise<WriteResult> {
    const { value } = await this.#invoke("write", event, signal);
    return WriteResult.parse(value);
  }

  async answer(event: AnswerEvent, signal: AbortSignal): Promise<AsyncIterable<string>> {
    const command = new InvokeWithResponseStreamCommand({
      FunctionName: `${this.#prefix}answer`,
      ...this.#qualifier,
      Payload: JSON.stringify(event),
    });
    const output = await this.#guard(
      () => this.#client.send(command, { abortSignal: signal }),
      signal,
    );
    if (output.EventStream === undefined)
      throw new RegionFailure(this.region, { cause: new Error("no stream") });
    return this.#lines(output.EventStream);
  }

  async #invoke(
    name: string,
    event: SearchEvent | WriteEvent,
    signal: AbortSignal,
  ): Promise<{ value: unknown; whole: boolean }> {
    const command = new InvokeCommand({
      FunctionName: `${this.#prefix}${name}`,
      ...this.#qualifier,
      Payload: JSON.stringify(event),
    });
    return this.#guard(async () => {
      const output = await this.#client.send(command, { abortSignal: signal });
      const text = output.Payload?.transformToString() ?? "";
      if (output.FunctionError !== undefined)
        throw new Error(`${output.FunctionError}: ${text.slice(0, 300)}`);
      const value: unknown = JSON.parse(text);
      return { value, whole: isAnswer(value) };
    }, signal);
  }

  async #guard<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await call();
    } catch (cause) {
      signal.throwIfAborted();
      throw new RegionFailure(this.region, { cause });
    }
  }

  async *#lines(
    stream: AsyncIterable<InvokeWithResponseStreamResponseEvent>,
  ): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const { PayloadChunk, InvokeComplete } of stream) {
      if (PayloadChunk?.Payload !== undefined)
        rest += decoder.decode(PayloadChunk.Payload, { stream: true });
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
      if (InvokeComplete?.ErrorCode !== undefined)
        throw new RegionFailure(this.region, { cause: new Error(InvokeComplete.ErrorCode) });
    }
    if (rest !== "") yield rest;
  }
}

function isAnswer(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    (value.kind === "answer" || value.kind === "unchanged")
  );
}
