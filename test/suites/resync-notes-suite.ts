import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UpstashResyncNotes } from "../../lambdas/adapters/upstash-resync-notes.ts";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import { required } from "../../shared/std/assert.ts";
import { randomName } from "../../shared/std/random.ts";
import { startRedis, type RunningRedis } from "./start-redis.ts";

const signal = () => AbortSignal.timeout(10_000);

/** What a region notes of its resyncs, on an engine. @param engine `js`, or the path of a redis-server */
export function describeResyncNotes(engine: string): void {
  describe(`the notes of resyncs on ${engine}`, () => {
    let redis: RunningRedis;
    let notes: UpstashResyncNotes;
    const asked = async (incarnation: string) => (await notes.asked(signal())).get(incarnation);

    beforeAll(async () => {
      redis = await startRedis(engine);
      notes = new UpstashResyncNotes(createUpstashClient(redis.url, redis.token));
    });
    afterAll(() => redis.stop());

    test("a note of content stays where one of the line follows, and takes the place of one", async () => {
      const of = randomName(12, Math.random);
      await notes.ask(of, "line", "a gap", signal());
      expect(await asked(of)).toEqual({ cause: "line", why: "a gap" });
      await notes.ask(of, "content", "it differs", signal());
      await notes.ask(of, "line", "another gap", signal());
      expect(await asked(of)).toEqual({ cause: "content", why: "it differs" });
      await notes.ask(of, "content", "a file is damaged", signal());
      expect(await asked(of)).toEqual({ cause: "content", why: "a file is damaged" });
    });

    test.each(["short", "long ".repeat(100)])(
      "what was read is settled, what was asked since is not: %s",
      async (why) => {
        const of = randomName(12, Math.random);
        await notes.ask(of, "line", why, signal());
        const read = required(await asked(of), "asked");
        await notes.ask(of, "content", why, signal());
        await notes.settle(of, read, signal());
        const since = required(await asked(of), "asked since");
        expect(since.cause).toBe("content");
        await notes.settle(of, since, signal());
        expect(await asked(of)).toBeUndefined();
        await notes.settle(of, since, signal());
      },
    );
  });
}
