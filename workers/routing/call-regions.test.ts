import { expect, test } from "vitest";
import { Problem, type ProblemCode } from "../../shared/contracts/problems.ts";
import { RegionFailure, type RegionFunctions } from "../ports/region-functions.ts";
import { callRegions, type Router } from "./call-regions.ts";
import { RegionGaps } from "./region-gaps.ts";
import { RetryBudget } from "./retry-budget.ts";
import { RegionHealth } from "./region-health.ts";

const REGIONS = [
  { name: "us-east-1", latitude: 39, longitude: -77, redisUrl: "http://r" },
  { name: "eu-central-1", latitude: 50, longitude: 8, redisUrl: "http://r" },
  { name: "ap-southeast-1", latitude: 1, longitude: 104, redisUrl: "http://r" },
];
const FRANKFURT = { latitude: 50, longitude: 8.5 };

type Outcome = "ok" | "fails" | ProblemCode;

/** Regions that behave as told; the clock moves by `tookMs` with each call. */
function setUp(outcomes: Record<string, Outcome>, tookMs = 10) {
  let nowMs = 1_000_000;
  const asked: string[] = [];
  const attempts: string[] = [];
  const off = new Set<string>();
  const router: Router = {
    functions: new Map(REGIONS.map(({ name }) => [name, { region: name } as RegionFunctions])),
    readable: () => REGIONS.flatMap(({ name }) => (off.has(name) ? [] : [name])),
    health: new RegionHealth(REGIONS, FRANKFURT),
    gaps: new RegionGaps(),
    retries: new RetryBudget(),
    nowMs: () => nowMs,
    onAttempt: (region, outcome) => attempts.push(`${region} ${outcome}`),
  };
  const call = (deadlineMs = 1_000) =>
    callRegions<{ kind: "answer"; region: string }>(router, deadlineMs, async ({ region }) => {
      asked.push(region);
      nowMs += tookMs;
      const outcome = outcomes[region] ?? "ok";
      if (outcome === "fails") throw new RegionFailure(region, { cause: new Error("refused") });
      if (outcome === "ok") return { kind: "answer", region };
      return { kind: "problem", problem: { code: outcome, hint: "told", errors: [] } };
    });
  return { router, call, asked, attempts, off, outcomes, pass: (ms: number) => (nowMs += ms) };
}

test("the nearest region is asked, and no other", async () => {
  const { call, asked } = setUp({});
  expect(await call()).toMatchObject({ region: "eu-central-1" });
  expect(asked).toEqual(["eu-central-1"]);
});

test("a region whose reads are off is not asked while another is on, whatever fails", async () => {
  const { call, asked, off, outcomes } = setUp({});
  off.add("eu-central-1");
  expect(await call()).toMatchObject({ region: "us-east-1" });
  outcomes["us-east-1"] = "fails";
  expect(await call()).toMatchObject({ region: "ap-southeast-1" });
  outcomes["ap-southeast-1"] = "fails";
  await expect(call()).rejects.toBeInstanceOf(Problem);
  expect(asked).not.toContain("eu-central-1");
  off.clear();
  expect(await call()).toMatchObject({ region: "eu-central-1" });
});

test("a region that fails is replaced by the next, and not asked again for a while", async () => {
  const { call, asked, pass, outcomes } = setUp({ "eu-central-1": "fails" });
  expect(await call()).toMatchObject({ region: "us-east-1" });
  expect(await call()).toMatchObject({ region: "us-east-1" });
  expect(asked).toEqual(["eu-central-1", "us-east-1", "us-east-1"]);
  outcomes["eu-central-1"] = "ok";
  pass(2_000);
  expect(await call()).toMatchObject({ region: "eu-central-1" });
});

test("while a region is tried again, only one read is sent to it", async () => {
  const { call, asked, pass } = setUp({ "eu-central-1": "fails" });
  await call();
  pass(1_500);
  asked.length = 0;
  await Promise.all([call(), call(), call()]);
  expect(asked.filter((region) => region === "eu-central-1")).toHaveLength(1);
});

test("all regions out: the nearest are still tried, none is given up", async () => {
  const { call, asked } = setUp({
    "us-east-1": "fails",
    "eu-central-1": "fails",
    "ap-southeast-1": "fails",
  });
  await expect(call()).rejects.toMatchObject({
    code: "region-unavailable",
    cause: expect.any(RegionFailure),
  });
  asked.length = 0;
  await expect(call()).rejects.toBeInstanceOf(Problem);
  expect(asked).toHaveLength(3);
});

test.each<[ProblemCode, string[]]>([
  ["consistency-unavailable", ["eu-central-1", "us-east-1"]],
  ["embedder-unavailable", ["eu-central-1", "us-east-1"]],
  ["invalid-filter", ["eu-central-1"]],
  ["not-found", ["eu-central-1"]],
])(
  "a problem is taken elsewhere only if another region may not have it: %s",
  async (code, expected) => {
    const { call, asked } = setUp({ "eu-central-1": code });
    await call().catch(() => undefined);
    expect(asked).toEqual(expected);
  },
);

test("the last region's problem is what the caller hears", async () => {
  const { call } = setUp({
    "us-east-1": "consistency-unavailable",
    "eu-central-1": "fails",
    "ap-southeast-1": "consistency-unavailable",
  });
  await expect(call()).rejects.toMatchObject({ code: "consistency-unavailable" });
});

test("no attempt is begun once the deadline is used up", async () => {
  const { call, asked } = setUp({ "eu-central-1": "fails" }, 990);
  await expect(call(1_000)).rejects.toBeInstanceOf(Problem);
  expect(asked).toEqual(["eu-central-1"]);
});

test("a caller's own short deadline ejects nobody; a region that had a second and more does not get away with it", async () => {
  const late = async (deadlineMs: number) => {
    const { router, asked } = setUp({});
    await callRegions(router, deadlineMs, async ({ region }) => {
      if (region === "eu-central-1") throw new DOMException("late", "TimeoutError");
      return { kind: "answer" };
    });
    await callRegions(router, 60_000, async ({ region }) => ({
      kind: asked.push(region) > 0 ? "answer" : "",
    }));
    return asked[0];
  };
  expect(await late(60)).toBe("eu-central-1");
  expect(await late(10_000)).not.toBe("eu-central-1");
});

test("when all regions are too slow, retries dry up: a tenth of the requests, beside what was saved", async () => {
  const { router } = setUp({});
  let attempts = 0;
  for (let i = 0; i < 1_000; i++) {
    const slow = async () => {
      attempts += 1;
      throw new DOMException("late", "TimeoutError");
    };
    await callRegions(router, 60, slow).catch(() => undefined);
  }
  expect(attempts).toBeLessThan(1_160);
});

test("a region is given less time than the edge waits, so that its last word arrives", async () => {
  const { router } = setUp({});
  await callRegions(router, 1_000, async (_, { regionMs, signal }) => {
    expect(signal.aborted).toBe(false);
    expect(regionMs).toBeLessThan(500 - router.health.rttMs("eu-central-1", 0));
    return { kind: "answer" };
  });
});

test("a problem does not count against a region's health, a failure does", async () => {
  const { call, attempts } = setUp({ "eu-central-1": "consistency-unavailable" });
  await call();
  await call();
  expect(attempts).toEqual([
    "eu-central-1 elsewhere",
    "us-east-1 ok",
    "eu-central-1 elsewhere",
    "us-east-1 ok",
  ]);
});

test("a region that has too much to do is spared for a moment, at no call's cost, and then asked again", async () => {
  const { call, asked, pass, outcomes } = setUp({
    "us-east-1": "overloaded",
    "eu-central-1": "overloaded",
    "ap-southeast-1": "overloaded",
  });
  await expect(call()).rejects.toMatchObject({ code: "overloaded" });
  expect(asked).toHaveLength(3);
  asked.length = 0;
  await expect(call()).rejects.toMatchObject({ code: "overloaded" });
  expect(asked).toEqual([]);
  outcomes["eu-central-1"] = "ok";
  pass(200);
  expect(await call()).toMatchObject({ region: "eu-central-1" });
});

/** Regions that lack shards as told, of one collection or another; the clock moves by `tookMs` with each call. */
function setUpShards(lacking: Record<string, number>, tookMs = 10) {
  const { router, asked, pass, outcomes } = setUp({});
  const call = (about = "a", deadlineMs = 1_000) =>
    callRegions<{ kind: "answer"; region: string; missing: number }>(
      router,
      deadlineMs,
      async ({ region }) => {
        asked.push(region);
        pass(tookMs);
        const outcome = outcomes[region];
        if (outcome === undefined || outcome === "ok" || outcome === "fails")
          return { kind: "answer", region, missing: about === "a" ? (lacking[region] ?? 0) : 0 };
        return { kind: "problem", problem: { code: outcome, hint: "told", errors: [] } };
      },
      { about, lacks: ({ missing }) => missing > 0 },
    );
  return { call, asked, pass, lacking, outcomes };
}

test("an answer that lacks a shard is asked for in the next region too, which is asked first from then on", async () => {
  const { call, asked, pass, lacking } = setUpShards({ "eu-central-1": 1 });
  expect(await call()).toMatchObject({ region: "us-east-1", missing: 0 });
  expect(await call()).toMatchObject({ region: "us-east-1", missing: 0 });
  expect(asked).toEqual(["eu-central-1", "us-east-1", "us-east-1"]);
  asked.length = 0;
  expect(await call("another collection")).toMatchObject({ region: "eu-central-1" });
  pass(2_500);
  asked.length = 0;
  await Promise.all([call(), call(), call()]);
  expect(asked.filter((region) => region === "eu-central-1")).toHaveLength(1);
  lacking["eu-central-1"] = 0;
  pass(2_500);
  expect(await call()).toMatchObject({ region: "eu-central-1" });
});

test("where no region has a whole answer, or one has a problem, or time is up, the nearest region's partial answer is given", async () => {
  const everywhere = { "us-east-1": 1, "eu-central-1": 1, "ap-southeast-1": 1 };
  expect(await setUpShards(everywhere).call()).toMatchObject({
    region: "eu-central-1",
    missing: 1,
  });
  expect(await setUpShards(everywhere, 990).call()).toMatchObject({ missing: 1 });
  const { call, outcomes } = setUpShards({ "eu-central-1": 1 });
  outcomes["us-east-1"] = "position-lost";
  outcomes["ap-southeast-1"] = "consistency-unavailable";
  expect(await call()).toMatchObject({ region: "eu-central-1", missing: 1 });
});

test("asking for whole answers is bounded as retries are", async () => {
  const { call, asked } = setUpShards({ "us-east-1": 1, "eu-central-1": 1, "ap-southeast-1": 1 });
  for (let i = 0; i < 1_000; i++) await call();
  expect(asked.length).toBeLessThan(1_160);
});
