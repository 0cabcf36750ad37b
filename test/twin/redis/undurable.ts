import { RedisError, type RedisEngine } from "./engine.ts";

/** What a Redis has to say of itself to be the log: else it may lose, or give out again, what it has acknowledged. */
const WANTED: Readonly<Record<string, string>> = {
  appendonly: "yes",
  appendfsync: "always",
  "no-appendfsync-on-rewrite": "no",
  "aof-load-truncated": "no",
  "maxmemory-policy": "noeviction",
};

/** Why an engine can't be the log, in one line; null if it can. @throws EngineDown */
export async function undurable(engine: Pick<RedisEngine, "name" | "run">): Promise<string | null> {
  const wrong: string[] = [];
  for (const [name, wanted] of Object.entries(WANTED)) {
    const reply = await engine.run(["CONFIG", "GET", name].map((word) => Buffer.from(word)));
    const value =
      reply instanceof RedisError ? reply.message : Array.isArray(reply) ? String(reply[1]) : "?";
    if (value !== wanted) wrong.push(`${name} is ${value} instead of ${wanted}`);
  }
  return wrong.length === 0 ? null : `${engine.name} can't be the log: ${wrong.join(", ")}`;
}
