import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import { Agent, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { send } from "./open-loop.ts";
import { percentile } from "../../shared/std/percentile.ts";

const TIMES = 300;
const WARM_UPS = 50;

/** Medians in ms of what a call through the edge does beside the search itself, each alone and in Node. */
export interface EdgeParts {
  /** Signing once and checking once, which signs again. */
  readonly sigV4: number;
  /** Writing and reading the event and the result as text. */
  readonly json: number;
  /** One HTTP round trip on this machine with bodies of these sizes; the edge's way has two. */
  readonly http: number;
  /** One command to a Redis of the twin through its REST front, as the cache's look-up makes it. */
  readonly redis: number;
}

export async function measureEdgeParts(
  event: object,
  result: object,
  redis: { readonly url: string; readonly token: string },
): Promise<EdgeParts> {
  const eventText = JSON.stringify(event);
  const resultText = JSON.stringify(result);
  const agent = new Agent({ keepAlive: true });
  const server = createServer((request, response) => {
    request.resume().once("end", () => response.end(resultText));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return {
      sigV4: 2 * (await medianMs(signer(eventText))),
      json: await medianMs(async () => {
        JSON.parse(JSON.stringify(event));
        JSON.parse(JSON.stringify(result));
      }),
      http: await medianMs(() =>
        send(agent, {
          url: `http://127.0.0.1:${port}/`,
          method: "POST",
          headers: {},
          body: eventText,
        }),
      ),
      redis: await medianMs(() =>
        send(agent, {
          url: redis.url,
          method: "POST",
          headers: { authorization: `Bearer ${redis.token}` },
          body: JSON.stringify(["GET", "nf:bench:none"]),
        }),
      ),
    };
  } finally {
    agent.destroy();
    server.close();
  }
}

/** What the AWS SDK signs for an Invoke. */
function signer(body: string): () => Promise<unknown> {
  const signature = new SignatureV4({
    service: "lambda",
    region: "eu-central-1",
    credentials: { accessKeyId: "id", secretAccessKey: "secret" },
    sha256: Sha256,
  });
  const request = {
    method: "POST",
    protocol: "http:",
    hostname: "127.0.0.1",
    path: "/2015-03-31/functions/nearfield-search/invocations",
    query: {},
    headers: { host: "127.0.0.1", "content-type": "application/octet-stream" },
    body,
  };
  return () => signature.sign(request);
}

async function medianMs(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = -WARM_UPS; i < TIMES; i++) {
    const startMs = performance.now();
    await work();
    if (i >= 0) times.push(performance.now() - startMs);
  }
  return percentile(times, 50);
}
