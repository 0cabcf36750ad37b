import type { Writable } from "node:stream";

/** Mark that Lambda's Node runtime puts on a handler that streams. */
const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");

export type StreamingHandler = (event: unknown, stream: Writable, context: object) => Promise<void>;

/** The global that functions find in Lambda's Node runtime; here the mark is all that matters. */
export function installAwslambdaShim(): void {
  Object.assign(globalThis, {
    awslambda: {
      streamifyResponse: (handler: StreamingHandler) =>
        Object.assign(handler, { [STREAMING]: "response" }),
    },
  });
}

export function isStreamingHandler(handler: object): handler is StreamingHandler {
  return STREAMING in handler;
}
