import {
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import type { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installAwslambdaShim } from "./awslambda-shim.ts";
import { createInvokeServer, INVOKE_LIMITS } from "./invoke-server.ts";

declare const awslambda: { streamifyResponse<H>(handler: H): H };

const credentials = { accessKeyId: "AKIATEST", secretAccessKey: "secret" };
const seen: unknown[] = [];
const release = Promise.withResolvers<void>();
installAwslambdaShim();
const server = createInvokeServer({
  functions: {
    echo: async (event: unknown) => ({ echoed: event }),
    fails: async () => {
      throw new RangeError("out of luck");
    },
    note: async (event: unknown) => void seen.push(event),
    waits: async () => release.promise,
    streams: awslambda.streamifyResponse(async (_event: unknown, stream: Writable) => {
      for (const word of ["one", "two", "three"]) {
        stream.write(`${word}\n`);
        await delay(60);
      }
      stream.end();
    }),
  },
  credentials,
  region: "us-east-1",
  limits: { ...INVOKE_LIMITS, syncBytesMax: 10_000, concurrencyMax: 1 },
  nowMs: Date.now,
  log: () => undefined,
});
let endpoint = "";
let client: LambdaClient;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = new LambdaClient({ region: "us-east-1", endpoint, credentials, maxAttempts: 1 });
});
afterAll(() => {
  client.destroy();
  server.close();
});

const invoke = (FunctionName: string, payload: unknown, more: object = {}) =>
  client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload), ...more }));

test("a result comes back as the payload", async () => {
  const output = await invoke("echo", { a: "ü" });
  expect(output.StatusCode).toBe(200);
  expect(JSON.parse(output.Payload?.transformToString() ?? "")).toEqual({ echoed: { a: "ü" } });
});

test("a function that throws is a 200 with FunctionError, as Lambda has it", async () => {
  const output = await invoke("fails", {});
  expect(output.FunctionError).toBe("Unhandled");
  expect(JSON.parse(output.Payload?.transformToString() ?? "")).toMatchObject({
    errorType: "RangeError",
    errorMessage: "out of luck",
  });
});

test("an asynchronous invocation is accepted at once and runs", async () => {
  expect((await invoke("note", { n: 1 }, { InvocationType: "Event" })).StatusCode).toBe(202);
  await expect.poll(() => seen).toEqual([{ n: 1 }]);
});

test("a dry run runs nothing", async () => {
  expect((await invoke("note", { n: 2 }, { InvocationType: "DryRun" })).StatusCode).toBe(204);
  expect(seen).not.toContainEqual({ n: 2 });
});

test("a stream arrives piece by piece, while it is written", async () => {
  const output = await client.send(
    new InvokeWithResponseStreamCommand({ FunctionName: "streams" }),
  );
  const arrivals: number[] = [];
  let text = "";
  for await (const { PayloadChunk } of output.EventStream ?? []) {
    if (PayloadChunk?.Payload === undefined) continue;
    arrivals.push(Date.now());
    text += new TextDecoder().decode(PayloadChunk.Payload);
  }
  expect(text).toBe("one\ntwo\nthree\n");
  expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(60);
});

test("another secret's signature is refused", async () => {
  const stranger = new LambdaClient({
    region: "us-east-1",
    endpoint,
    credentials: { ...credentials, secretAccessKey: "guess" },
    maxAttempts: 1,
  });
  await expect(stranger.send(new InvokeCommand({ FunctionName: "echo" }))).rejects.toMatchObject({
    name: "InvalidSignatureException",
  });
  stranger.destroy();
});

test("a body changed after signing is refused", async () => {
  const relay = createServer((request, response) => {
    request.resume();
    const forward = httpRequest(`${endpoint}${request.url ?? ""}`, {
      method: "POST",
      headers: { ...request.headers, "content-length": "8" },
    });
    forward.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    forward.end('{"b": 2}');
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  const port = (relay.address() as AddressInfo).port;
  const host = new URL(endpoint).host;
  const tampered = new LambdaClient({
    region: "us-east-1",
    endpoint: `http://127.0.0.1:${port}`,
    credentials,
    maxAttempts: 1,
  });
  tampered.middlewareStack.add(
    (next) => (args) =>
      next({
        ...args,
        request: Object.assign(args.request as object, {
          headers: { ...(args.request as { headers: object }).headers, host },
        }),
      }),
    { step: "build" },
  );
  await expect(
    tampered.send(new InvokeCommand({ FunctionName: "echo", Payload: '{"a": 1}' })),
  ).rejects.toMatchObject({ name: "InvalidSignatureException" });
  tampered.destroy();
  relay.close();
});

test("an unsigned request is refused", async () => {
  const response = await fetch(`${endpoint}/2015-03-31/functions/echo/invocations`, {
    method: "POST",
    body: "{}",
  });
  expect(response.status).toBe(403);
});

test("a payload over the limit is refused", async () => {
  await expect(invoke("echo", "x".repeat(10_001))).rejects.toMatchObject({
    name: "RequestTooLargeException",
  });
});

test("an unknown function is not found, an inherited name neither", async () => {
  await expect(invoke("nothing", {})).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await expect(invoke("constructor", {})).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
});

test("above its concurrency a function is throttled", async () => {
  const first = invoke("waits", {});
  await delay(50);
  await expect(invoke("echo", {})).rejects.toMatchObject({ name: "TooManyRequestsException" });
  release.resolve();
  await first;
});
