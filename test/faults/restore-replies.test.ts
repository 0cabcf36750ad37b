import { expect, test } from "vitest";
import { randomName } from "../../shared/std/random.ts";
import { signal, snapshotOf, snapshotRegions } from "./snapshot-regions.ts";
import { PRIMARY, type SnapshotWorld } from "./snapshot-world.ts";

const regions = snapshotRegions();
const silent = async () => undefined;

test.each([
  ["one reply of the log's Redis is lost", 1],
  ["no reply arrives any more", Infinity],
])(
  "%s in a restore: nothing is registered, or what can be built, and whoever takes it up again ends it",
  async (_, lost) => {
    const of = await regions.world(75, 30);
    const made = await snapshotOf(of);
    const { tenant } = of.record;
    let registered = 0;
    for (let call = 0; ; call++) {
      const losing = losingReplies(of, call, lost);
      const into = `replies-${lost}-${call}`;
      const order = {
        tenant,
        snapshot: made.id,
        into,
        at: null,
        incarnation: randomName(12, Math.random),
      };
      const { restorer } = of.start(PRIMARY, { logRedis: losing.redis });
      const outcome = await restorer
        .restore(order, silent, signal())
        .catch((error: Error) => error);
      const standing = await of.log.collection(tenant, into, signal());
      if (standing !== null) registered++;
      if (!(outcome instanceof Error)) expect(outcome.record).toEqual(standing);
      const { library, resyncer } = of.start(PRIMARY);
      const listed = await library.list(tenant, order.incarnation, signal(), () => undefined);
      if (standing !== null) expect(listed.map(({ verified }) => verified)).toEqual([true]);
      const again = await of.start(PRIMARY).restorer.restore(order, silent, signal());
      expect(again.record.incarnation).toBe(order.incarnation);
      await resyncer.resync(again.record, signal());
      expect(await of.shown(PRIMARY, again.record)).toEqual(of.expected());
      if (losing.calls() <= call) break;
    }
    // With the last round, in which none was lost.
    expect(registered).toBe(2);
  },
  60_000,
);

/** The log's Redis does what it is asked; from one call on, the replies to some are lost. */
function losingReplies(of: SnapshotWorld, first: number, lost: number) {
  const redis = of.redisOf(PRIMARY);
  const asked = redis.eval.bind(redis);
  let calls = 0;
  const losing = async (script: string, keys: string[], args: unknown[]) => {
    const reply = await asked(script, keys, args);
    const call = calls++;
    if (call >= first && call < first + lost) throw new Error("the reply is lost");
    return reply;
  };
  return { redis: Object.assign(redis, { eval: losing }), calls: () => calls };
}
