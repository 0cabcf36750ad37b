import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { PassThrough } from "node:stream";
import { AsyncQueue } from "./async-queue.ts";
import { isStreamingHandler, type StreamingHandler } from "./awslambda-shim.ts";
import { invokeComplete, payloadChunk } from "./event-stream.ts";
import { isSigned, type Credentials } from "./signature.ts";

export type BufferedHandler = (event: unknown, context: object) => Promise<unknown>;
type Handler = BufferedHandler | StreamingHandler;

export interface InvokeServerOptions {
  /** By function name. */
  readonly functions: Readonly<Record<string, Handler>>;
  readonly credentials: Credentials;
  readonly region: string;
  readonly limits: InvokeLimits;
  readonly nowMs: () => number;
  /** Hears of failed invocations. */
  readonly log: (functionName: string, error: unknown) => void;
}

export interface InvokeLimits {
  readonly syncBytesMax: number;
  readonly asyncBytesMax: number;
  readonly timeoutMs: number;
  /** Invocations under way at once; the next one is throttled. */
  readonly concurrencyMax: number;
}

/** Lambda's own limits; concurrency is that of one machine. */
export const INVOKE_LIMITS: InvokeLimits = {
  syncBytesMax: 6 * 1024 * 1024,
  asyncBytesMax: 1024 * 1024,
  timeoutMs: 30_000,
  concurrencyMax: 200,
};

const PATH =
  /^\/(2015-03-31|2021-11-15)\/functions\/([A-Za-z0-9-_]+)\/(invocations|response-streaming-invocations)$/;

/** The Lambda Invoke API over functions in this process. @see AWS Lambda API: Invoke, InvokeWithResponseStream */
export function createInvokeServer(options: InvokeServerOptions): Server {
  const front = new InvokeFront(options);
  return createServer((request, response) => {
    front.serve(request, response).catch((error: unknown) => {
      options.log("invoke front", error);
      response.destroy();
    });
  });
}

class InvokeFront {
  readonly #options: InvokeServerOptions;
  readonly #queue: AsyncQueue;
  #underWay = 0;

  constructor(options: InvokeServerOptions) {
    this.#options = options;
    this.#queue = new AsyncQueue((error) => options.log("asynchronous invocation", error));
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { limits, credentials, region, functions, nowMs } = this.#options;
    const [, , name = "", kind] =
      PATH.exec(new URL(request.url ?? "/", "http://any").pathname) ?? [];
    const invocationType = String(request.headers["x-amz-invocation-type"] ?? "RequestResponse");
    const body = await readBody(
      request,
      invocationType === "Event" ? limits.asyncBytesMax : limits.syncBytesMax,
    );
    if (body === null)
      return refuse(
        response,
        413,
        "RequestTooLargeException",
        "Request must be smaller than the payload limit",
      );
    if (!(await isSigned(request, body, region, credentials, nowMs()))) {
      return refuse(
        response,
        403,
        "InvalidSignatureException",
        "The request signature does not match",
      );
    }
    const handler = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (request.method !== "POST" || handler === undefined)
      return refuse(response, 404, "ResourceNotFoundException", "Function not found");
    if (invocationType === "DryRun") return void response.writeHead(204).end();
    if (this.#underWay >= limits.concurrencyMax) {
      response.setHeader("retry-after", "1");
      return refuse(response, 429, "TooManyRequestsException", "Rate Exceeded");
    }
    const event = parseEvent(body);
    if (event === INVALID)
      return refuse(
        response,
        400,
        "InvalidRequestContentException",
        "Could not parse request body into json",
      );
    this.#underWay += 1;
    try {
      if (kind === "response-streaming-invocations")
        await this.#stream(response, name, handler, event);
      else if (invocationType === "Event") this.#enqueue(response, name, handler, event);
      else await this.#buffer(response, name, handler, event);
    } finally {
      this.#underWay -= 1;
    }
  }

  #enqueue(response: ServerResponse, name: string, handler: Handler, event: unknown): void {
    if (isStreamingHandler(handler))
      return refuse(
        response,
        400,
        "InvalidRequestContentException",
        "A streaming function can't be invoked so",
      );
    const taken = this.#queue.add(() => this.#limited(handler(event, this.#contextOf(name))));
    if (taken) response.writeHead(202).end();
    else refuse(response, 429, "TooManyRequestsException", "The queue is full");
  }

  async #buffer(
    response: ServerResponse,
    name: string,
    handler: Handler,
    event: unknown,
  ): Promise<void> {
    const headers = { "content-type": "application/json", ...executedHeaders() };
    try {
      if (isStreamingHandler(handler))
        throw new Error("a streaming function was invoked without a stream");
      const result = JSON.stringify(
        (await this.#limited(handler(event, this.#contextOf(name)))) ?? null,
      );
      if (Buffer.byteLength(result) > this.#options.limits.syncBytesMax)
        throw new Error("Response payload size exceeded maximum allowed payload size");
      response.writeHead(200, headers).end(result);
    } catch (error) {
      this.#options.log(name, error);
      response
        .writeHead(200, { ...headers, "x-amz-function-error": "Unhandled" })
        .end(JSON.stringify(failure(error)));
    }
  }

  async #stream(
    response: ServerResponse,
    name: string,
    handler: Handler,
    event: unknown,
  ): Promise<void> {
    if (!isStreamingHandler(handler))
      return refuse(
        response,
        400,
        "InvalidRequestContentException",
        "The function does not stream",
      );
    response.writeHead(200, {
      "content-type": "application/vnd.amazon.eventstream",
      "x-amzn-remapped-content-type": "application/octet-stream",
      ...executedHeaders(),
    });
    const pipe = new PassThrough();
    pipe.on("data", (bytes: Buffer) => response.write(payloadChunk(bytes)));
    pipe.on("error", () => undefined); // Writing to a reader who has left; `close` tells the handler.
    response.once("close", () => pipe.destroy());
    try {
      await this.#limited(handler(event, pipe, this.#contextOf(name)));
      pipe.end();
      if (!pipe.destroyed && !pipe.readableEnded)
        await new Promise((resolve) => pipe.once("close", resolve));
      response.end(invokeComplete({}));
    } catch (error) {
      this.#options.log(name, error);
      response.end(
        invokeComplete({ ErrorCode: "Unhandled", ErrorDetails: JSON.stringify(failure(error)) }),
      );
    }
  }

  async #limited<T>(work: Promise<T>): Promise<T> {
    const { timeoutMs } = this.#options.limits;
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new Error(`Task timed out after ${timeoutMs / 1_000} seconds`)),
      timeoutMs,
    );
    try {
      return await Promise.race([work, promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #contextOf(functionName: string): object {
    const { nowMs, region, limits } = this.#options;
    const endMs = nowMs() + limits.timeoutMs;
    return {
      awsRequestId: randomUUID(),
      functionName,
      functionVersion: "$LATEST",
      invokedFunctionArn: `arn:aws:lambda:${region}:000000000000:function:${functionName}`,
      getRemainingTimeInMillis: () => Math.max(0, endMs - nowMs()),
    };
  }
}

function executedHeaders(): Record<string, string> {
  return { "x-amz-executed-version": "$LATEST", "x-amzn-requestid": randomUUID() };
}

/** The body, or null if it is larger than allowed; the rest is then read and dropped, so that the answer can be sent. */
async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    if (length <= bytesMax) chunks.push(chunk);
  }
  return length > bytesMax ? null : Buffer.concat(chunks);
}

const INVALID = Symbol("not JSON");

function parseEvent(body: Buffer): unknown {
  try {
    return body.length === 0 ? {} : JSON.parse(body.toString("utf8"));
  } catch {
    return INVALID;
  }
}

function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  response
    .writeHead(status, { "content-type": "application/json", "x-amzn-errortype": type })
    .end(JSON.stringify({ Message: message, Type: "User" }));
}

function failure(error: unknown): { errorType: string; errorMessage: string; trace: string[] } {
  if (!(error instanceof Error))
    return { errorType: "Error", errorMessage: String(error), trace: [] };
  return {
    errorType: error.name,
    errorMessage: error.message,
    trace: (error.stack ?? "").split("\n").slice(0, 10),
  };
}
