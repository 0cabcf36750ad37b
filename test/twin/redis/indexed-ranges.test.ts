import { ClientSession, createRedisCommandExecutor, RedisServerState } from "js-redis-server/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { indexedRanges } from "./indexed-ranges.ts";
import { replyOf } from "./js-reply.ts";

const state = new RedisServerState({ databaseCount: 1, activeExpiryIntervalMs: false });
const plain = new ClientSession({ server: state, executor: createRedisCommandExecutor() });
const indexed = new ClientSession({
  server: state,
  executor: createRedisCommandExecutor({ policies: [indexedRanges] }),
});

const run = async (session: ClientSession, words: readonly string[]): Promise<unknown> => {
  const [name = "", ...args] = words.map((word) => Buffer.from(word));
  const result = await session.execute(name, args);
  return "value" in result ? String(JSON.stringify(replyOf(result.value))) : null;
};

test("every range is the engine's own, odd and wrong ones too", async () => {
  for (const id of ["1-1", "1-2", "2-1", "5-0", "5-9", "7-3"])
    await run(plain, ["XADD", "s", id, "f", `v${id}`]);
  await run(plain, ["SET", "text", "v"]);
  const number = fc.integer({ min: 0, max: 9 }).map(String);
  const id = fc.oneof(
    fc.constantFrom("-", "+", "", "x", "5-", "-5"),
    number,
    fc.tuple(number, number).map((p) => p.join("-")),
  );
  const bound = fc.tuple(fc.constantFrom("", "("), id).map((parts) => parts.join(""));
  const tail = fc.oneof(
    fc.constant([]),
    fc.constantFrom("0", "1", "3", "-1", "x").map((n) => ["COUNT", n]),
    fc.constant(["LIMIT", "1"]),
  );
  const key = fc.constantFrom("s", "s", "s", "none", "text");
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("XRANGE", "xrevrange"),
      key,
      bound,
      bound,
      tail,
      async (name, stream, from, to, rest) => {
        const words = [name, stream, from, to, ...rest];
        expect(await run(indexed, words)).toBe(await run(plain, words));
      },
    ),
    { numRuns: 400, seed: 7 },
  );
});
