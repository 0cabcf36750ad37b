import { Agent, createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { sendOpenLoop } from "./open-loop.ts";

let server: Server | null = null;
const agent = new Agent({ keepAlive: true });

afterEach(() => {
  agent.destroy();
  server?.close();
});

async function serve(answer: (index: number) => { status: number; delayMs: number }) {
  let index = 0;
  server = createServer((request, response) => {
    const { status, delayMs } = answer(index++);
    request.resume();
    setTimeout(() => response.writeHead(status).end("{}"), delayMs);
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const call = {
    url: `http://127.0.0.1:${port}/`,
    method: "POST",
    headers: {},
    body: "{}",
  } as const;
  return { rate: 100, seconds: 0.3, agent, call: () => call };
}

test("slow answers hold no arrival up: the rate is kept, and their latency is seen", async () => {
  const { sent, errors, p50 } = await sendOpenLoop(
    await serve(() => ({ status: 200, delayMs: 200 })),
  );
  expect(sent).toBe(30);
  expect(errors).toBe(0);
  expect(p50).toBeGreaterThanOrEqual(190);
});

test("another status than 200 is an error, and not a latency", async () => {
  const { sent, errors } = await sendOpenLoop(
    await serve((index) => ({ status: index % 3 === 0 ? 503 : 200, delayMs: 0 })),
  );
  expect(sent).toBe(30);
  expect(errors).toBe(10);
});

test("nothing answered is nothing measured", async () => {
  await expect(sendOpenLoop(await serve(() => ({ status: 500, delayMs: 0 })))).rejects.toThrow(
    "none of 30",
  );
});
