import { expect, test } from "vitest";
import { nextChain, originPoint, type Point } from "../../shared/domain/point.ts";
import type { LaidOutCollection } from "../../shared/contracts/collection.ts";
import type { LoadedList, WatchList } from "../ports/watch-list.ts";
import type { WriteLog } from "../ports/write-log.ts";
import { WatchKeeper } from "./keeper.ts";

const incarnation = "aaaaaaaaaaaa";
const collection = { incarnation, name: "c", fields: {} } as unknown as LaidOutCollection;

function point(term: number, position: number): Point {
  return {
    term,
    position,
    chain: nextChain(originPoint(incarnation, 1).chain, `${term} ${position}`),
  };
}

/** What becomes of a list that stands at a point once something was applied up to another. */
async function publish(stands: Point, to: Point): Promise<string[]> {
  const done: string[] = [];
  const list: LoadedList = {
    wid: "w",
    fence: 1,
    seq: 0,
    size: 0,
    whole: true,
    anew: false,
    more: false,
    records: [],
    point: stands,
    confirmed: null,
  };
  const watch = {
    load: async () => list,
    begin: async (_: string, __: string, ___: number, at: { point: Point }) =>
      done.push(`begun at ${at.point.position}`),
    publish: async () => done.push("published"),
    stands: async () => done.push("stands"),
  } as unknown as WatchList;
  const keeper = new WatchKeeper({
    watch,
    log: {} as WriteLog,
    newId: () => "new",
    onFailure: (_, error) => {
      throw error;
    },
  });
  const applied = { from: to, to: { point: to, confirmed: null }, entries: [], sealed: false };
  await keeper.applied({ collection, fence: 2 }, applied, AbortSignal.timeout(1_000));
  return done;
}

test("a list that stands in a tail which the log has lost is begun anew, wherever the log is by then", async () => {
  expect(await publish(point(1, 60), point(2, 58))).toEqual(["begun at 58"]);
  expect(await publish(point(1, 58), point(2, 58))).toEqual(["begun at 58"]);
});

test("a list that is further on the same line is left to whoever moved it on", async () => {
  expect(await publish(point(1, 60), point(1, 58))).toEqual([]);
  expect(await publish(point(2, 58), point(2, 58))).toEqual(["stands"]);
});
