import { Log, LogLevel, Miniflare } from "miniflare";
import path from "node:path";
import { startBareRoute } from "./bare-route.ts";
import { COMPATIBILITY_DATE } from "./compatibility-date.ts";
import { measureInTurn, type Round } from "./paired.ts";

/** What the edge asks of its environment; nothing listens there. */
const BINDINGS = {
  NEARFIELD_REGIONS: {
    primary: "us-east-1",
    regions: [
      {
        name: "us-east-1",
        latitude: 39,
        longitude: -77,
        redisUrl: "http://127.0.0.1:3",
      },
    ],
  },
  NEARFIELD_REDIS_TOKENS: "{}",
  NEARFIELD_CALLER_SECRET: "s".repeat(32),
  AWS_ACCESS_KEY_ID: "id",
  AWS_SECRET_ACCESS_KEY: "key",
};

/** From starting a workerd to its first answer: the Worker's bundle, and one bare Hono route. */
export function measureIsolates(scriptPath: string, rounds: number) {
  return measureInTurn(
    { nearfield: () => startWorker(scriptPath), bare: startBare },
    { rounds, warmUps: 1 },
  );
}

function startWorker(scriptPath: string): Promise<Round> {
  return timed(async () => {
    const miniflare = new Miniflare({
      modules: true,
      scriptPath,
      modulesRoot: path.dirname(scriptPath),
      compatibilityDate: COMPATIBILITY_DATE,
      host: "127.0.0.1",
      port: 0,
      bindings: BINDINGS,
      log: new Log(LogLevel.ERROR),
    });
    // Any request makes the whole Worker; this one is then refused at the door, without a call.
    const url = await miniflare.ready;
    const { status } = await fetch(new URL("/v1/retrieve", url), { method: "POST", body: "{}" });
    if (status !== 401) throw new Error(`the worker answered ${status}`);
    return () => miniflare.dispose();
  });
}

function startBare(): Promise<Round> {
  return timed(async () => {
    const bare = await startBareRoute("{}", COMPATIBILITY_DATE, null);
    const { status } = await fetch(bare.url, { method: "POST", body: "{}" });
    if (status !== 200) throw new Error(`the bare route answered ${status}`);
    return bare.end;
  });
}

/** Time of a start; what it gives ends what was started, outside of the time. */
async function timed(begin: () => Promise<() => Promise<void>>): Promise<Round> {
  const startMs = performance.now();
  const end = await begin();
  const ms = performance.now() - startMs;
  await end();
  return { ms };
}
