import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { InvokeShard } from "./lambda-shards.ts";

/** Calls a shard reader's function through the Lambda Invoke API. */
export function invokeShard(
  client: LambdaClient,
  target: { readonly FunctionName: string; readonly Qualifier?: string },
): InvokeShard {
  return async (payload, signal) => {
    const command = new InvokeCommand({ ...target, Payload: payload });
    const output = await client.send(command, { abortSignal: signal });
    const text = output.Payload?.transformToString() ?? "";
    if (output.FunctionError !== undefined)
      throw new Error(`the shard reader failed: ${text.slice(0, 300)}`);
    return text;
  };
}
