import { Agent, createServer, request, type Server } from "node:http";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { type FetchHandler, nodeListener } from "./node-listener.ts";

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(handle: FetchHandler, onError: (error: unknown) => void = () => undefined) {
  const server = createServer(nodeListener(handle, onError));
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("a TCP server has a port");
  return `http://127.0.0.1:${address.port}`;
}

test("method, path, headers and body arrive, and status, headers and body come back", async () => {
  const url = await serve(async (received) => {
    const body = await received.text();
    const text = `${received.method} ${new URL(received.url).pathname} ${received.headers.get("x-a")} ${body}`;
    return new Response(text, { status: 201, headers: { "x-b": "2" } });
  });
  const response = await fetch(`${url}/path?x=1`, {
    method: "POST",
    body: "naïve",
    headers: { "x-a": "1" },
  });
  expect([response.status, response.headers.get("x-b")]).toEqual([201, "2"]);
  expect(await response.text()).toBe("POST /path 1 naïve");
});

test("a caller that leaves aborts the request's signal", async () => {
  const started = Promise.withResolvers<void>();
  const left = Promise.withResolvers<string>();
  const url = await serve(async ({ signal }) => {
    signal.addEventListener("abort", () => left.resolve(String(signal.reason)));
    started.resolve();
    await left.promise;
    return new Response("nobody reads this");
  });
  const caller = new AbortController();
  const call = fetch(url, { method: "POST", body: "x", signal: caller.signal });
  await started.promise;
  caller.abort();
  await expect(call).rejects.toThrow();
  expect(await left.promise).toContain("The caller left");
});

test("an answer sent whole does not look like a caller that left", async () => {
  const signals: AbortSignal[] = [];
  const url = await serve(({ signal }) => {
    signals.push(signal);
    return new Response("ok");
  });
  await (await fetch(url)).text();
  await (await fetch(url)).text();
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
});

test("an answer given before the body was read leaves the connection usable or closed", async () => {
  const url = await serve(() => new Response("no", { status: 413 }));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const body = Buffer.alloc(4 * 1024 * 1024);
  const post = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const call = request(url, { method: "POST", agent }, (response) => {
        response.resume().once("end", () => resolve(response.statusCode));
      });
      call.once("error", reject).end(body);
    });
  expect([await post(), await post(), await post()]).toEqual([413, 413, 413]);
  agent.destroy();
});

test("a handler that throws closes the connection and is heard of", async () => {
  const heard: unknown[] = [];
  const failure = new Error("bug");
  const url = await serve(
    () => Promise.reject(failure),
    (error) => heard.push(error),
  );
  await expect(fetch(url)).rejects.toThrow();
  expect(heard).toEqual([failure]);
});
