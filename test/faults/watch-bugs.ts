import type { WatchList } from "../../lambdas/ports/watch-list.ts";
import { UpstashWatchList } from "../../lambdas/adapters/upstash-watch-list.ts";
import { PUBLISH } from "../../lambdas/adapters/watch-scripts.ts";
import { assert } from "../../shared/std/assert.ts";
import type { Bug, SeenByBugs } from "./watch-bug.ts";

const WHOLE_LINE = "if not is_whole() then return 0 end\n";

type Client = SeenByBugs["redis"];

/** A client whose scripts lack a line. */
function withoutLine(redis: Client, line: string): Client {
  assert(PUBLISH.includes(line), "the script has the line");
  const careless: Client = Object.create(redis);
  careless.eval = (script, keys, args) => redis.eval(script.replace(line, ""), keys, args);
  return careless;
}

const signal = () => AbortSignal.timeout(20_000);

/** A list of which some methods are wrong. */
function wrong(list: WatchList, methods: Partial<WatchList>): WatchList {
  return {
    begin: (...given) => list.begin(...given),
    register: (...given) => list.register(...given),
    load: (...given) => list.load(...given),
    publish: (...given) => list.publish(...given),
    stands: (...given) => list.stands(...given),
    end: (...given) => list.end(...given),
    ...methods,
  };
}

/** Rules of the protocol as a careless reader would build them. */
export const WATCH_BUGS: Readonly<Record<string, Bug>> = {
  "revalidate-by-key": {
    store: (store, world) => ({
      region: store.region,
      watched: async (incarnation, entryIds, given) => {
        const siblings = entryIds.map(
          (entryId) => [...world.idsByQuery.values()].find((ids) => ids.includes(entryId)) ?? [],
        );
        const all = await store.watched(incarnation, siblings.flat(), given);
        if (all === null) return null;
        const on = new Set(siblings.flat().filter((_, i) => all.has[i]));
        return { ...all, has: siblings.map((ids) => ids.some((id) => on.has(id))) };
      },
    }),
  },
  "publish-from-checkpoint": {
    list: (list, world) =>
      wrong(list, {
        load: async (...given) => {
          const loaded = await list.load(...given);
          const point = world.appliedFrom;
          return loaded === null || point === null ? loaded : { ...loaded, point };
        },
        publish: async (incarnation, step, given) => {
          const stands = await list.load(incarnation, null, signal());
          return list.publish(incarnation, { ...step, from: stands?.point ?? step.from }, given);
        },
      }),
  },
  "unseen-record-published": {
    list: (list) =>
      wrong(list, {
        publish: (incarnation, step, given) =>
          list.publish(incarnation, { ...step, known: { ...step.known, seq: 1e9 } }, given),
      }),
  },
  "record-missing-kept": {
    list: (_, world) => {
      const list = new UpstashWatchList(withoutLine(world.redis, WHOLE_LINE));
      return wrong(list, {
        load: async (...given) => {
          const loaded = await list.load(...given);
          return loaded === null ? null : { ...loaded, whole: true };
        },
      });
    },
  },
  "clean-mark-set-before-scan": {
    // The holder dies between the mark and the drops.
    list: (list) =>
      wrong(list, {
        publish: (incarnation, step, given) =>
          list.publish(incarnation, { ...step, drops: [] }, given),
      }),
  },
  "registered-behind-the-list": {
    list: (list) =>
      wrong(list, {
        register: async (incarnation, at, entryId, record, given) => {
          const now = await list.load(incarnation, null, signal());
          const behind = now !== null && now.point.position > at.position;
          return list.register(incarnation, behind ? now.point : at, entryId, record, given);
        },
      }),
  },
  "served-position-read-after-legs": { pointAfterLegs: true },
  "copy-goes-back": {
    told: (_, after, standing) =>
      after.watch === "on" && standing !== null
        ? { ...after, point: standing.point, confirmed: standing.confirmed }
        : after,
  },
  "absent-is-present": {
    told: (before, _, standing) =>
      standing === null ? before : { ...before, ...standing, watch: "on" },
  },
};

/** Of two lists the second is taken for the first. */
export function withoutWid(list: WatchList): WatchList {
  return wrong(list, {
    publish: async (incarnation, step, given) => {
      const now = await list.load(incarnation, null, signal());
      const known = { ...step.known, wid: now?.wid ?? step.known.wid };
      return list.publish(incarnation, { ...step, known }, given);
    },
  });
}
