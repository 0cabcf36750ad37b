import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EngineDown, type RedisEngine } from "./engine.ts";
import { JsEngine } from "./js-engine.ts";
import { createUpstashFront } from "./upstash-front.ts";
import { describeUpstash } from "./upstash-suite.ts";

const start = async (): Promise<JsEngine> =>
  await JsEngine.start({
    folder: mkdtempSync(join(tmpdir(), "nearfield-redis-")),
    wallMs: Date.now,
    random: Math.random,
    log: () => undefined,
  });

describeUpstash("js-redis-server with the journal", start);

test("an engine that is down is told as 503, and the front goes on", async () => {
  const down: RedisEngine = {
    name: "down",
    knowsShebang: true,
    pid: () => 0,
    run: () => Promise.reject(new EngineDown("the engine does not answer")),
    transaction: () => Promise.reject(new EngineDown("the engine does not answer")),
    subscribe: () => Promise.reject(new EngineDown("the engine does not answer")),
    stop: () => Promise.resolve(),
  };
  const server = createUpstashFront({ engine: down, token: "t", log: () => undefined });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  for (const [path, body] of [
    ["/", '["PING"]'],
    ["/pipeline", '[["PING"]]'],
    ["/multi-exec", '[["PING"]]'],
  ] as const) {
    const response = await fetch(url + path, {
      method: "POST",
      body,
      headers: { authorization: "Bearer t" },
    });
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ error: "ERR the engine does not answer" });
  }
  server.closeAllConnections();
  server.close();
});
