import { expect, test } from "vitest";
import type { RegionsRejection } from "../../shared/contracts/regions-record.ts";
import type { PublishedRegions } from "../ports/region-store.ts";
import { RegionsPoll } from "./poll-regions.ts";
import { ServedRegions } from "./served-regions.ts";

const KNOWN = ["us-east-1", "eu-central-1", "ap-southeast-1"];
const POLL_MS = 10_000;

/** All regions read but one, in another place of the list by each version. */
const record = (version: number, off = "eu-central-1") =>
  JSON.stringify({
    version,
    regions: KNOWN.map((name) => ({ name, reads: name === off ? "off" : "on" })),
  });

class FakeRedis {
  readonly region: string;
  published: string | null = null;
  kept: PublishedRegions["kept"] = null;
  dead = false;
  looks = 0;

  constructor(region: string) {
    this.region = region;
  }

  async regions() {
    this.looks += 1;
    if (this.dead) throw new Error("no Redis");
    return { published: this.published, kept: this.kept };
  }

  async keepRegions(version: number, text: string) {
    if (this.dead) throw new Error("no Redis");
    if ((this.kept?.version ?? 0) < version) this.kept = { version, text };
  }
}

/** A location: three regions' Redis, nearest first, a cache, and isolates that begin when asked for. */
function setUp() {
  const stores = KNOWN.map((region) => new FakeRedis(region));
  const cache = new Map<string, string>();
  let nowMs = 1_000_000;
  const isolate = () => {
    const served = new ServedRegions(KNOWN);
    const rejections: RegionsRejection[] = [];
    const failures: string[] = [];
    const poll = new RegionsPoll({
      served,
      stores: () => stores,
      location: {
        get: async (key) => (await cache.get(key)) ?? null,
        put: async (key, text) => void cache.set(key, text),
      },
      pollMs: POLL_MS,
      nowMs: () => nowMs,
      onTaken: () => undefined,
      onRejected: (rejection) => rejections.push(rejection),
      onFailure: (tier) => failures.push(tier),
    });
    /** A request, and what it left to be done behind its reply. @returns the version that it was routed by */
    const request = async () => {
      const work: Promise<unknown>[] = [];
      await poll.ready((promise) => work.push(promise));
      const { version } = served;
      await Promise.all(work);
      return version;
    };
    return { served, poll, rejections, failures, request };
  };
  const publish = (text: string | null) => {
    for (const store of stores) store.published = text;
  };
  return { stores, cache, isolate, publish, pass: (ms: number) => (nowMs += ms) };
}

test("a record is taken behind a reply, and looked for at most once in ten seconds", async () => {
  const { stores, isolate, publish, pass } = setUp();
  const { served, request } = isolate();
  await request();
  publish(record(1));
  pass(POLL_MS - 1);
  await request();
  expect(served.version).toBe(0);
  pass(1);
  expect(await request()).toBe(0);
  expect(served.version).toBe(1);
  expect(served.readable()).toEqual(["us-east-1", "ap-southeast-1"]);
  expect(stores.map(({ looks }) => looks)).toEqual([2, 2, 0]);
});

test("a clock that was set back does not end the looks", async () => {
  const { isolate, publish, pass } = setUp();
  const { served, request } = isolate();
  await request();
  publish(record(1));
  pass(-3_600_000);
  await request();
  expect(served.version).toBe(1);
});

test("Redis that does not answer changes nothing, and is counted", async () => {
  const { stores, isolate, publish, pass } = setUp();
  const { served, failures, rejections, request } = isolate();
  publish(record(3));
  await request();
  for (const store of stores) store.dead = true;
  pass(POLL_MS);
  expect(await request()).toBe(3);
  expect(served.version).toBe(3);
  expect(failures).toEqual(["redis", "redis"]);
  expect(rejections).toEqual([]);
});

test("the second nearest Redis makes up for a nearest that missed the record", async () => {
  const { stores, isolate, publish, pass } = setUp();
  publish(record(2));
  const { served, request, rejections } = isolate();
  await request();
  publish(record(3, "us-east-1"));
  for (const store of stores.slice(0, 1)) store.published = record(2);
  pass(POLL_MS);
  await request();
  expect(served.version).toBe(3);
  expect(rejections).toEqual([]); // While a record spreads one Redis is behind another.
  pass(POLL_MS);
  await request();
  expect(rejections).toMatchObject([
    { reason: "older", version: 2, served: 3, region: "us-east-1" },
  ]);
});

test("a bad record is told once for each Redis with both versions, and again when it is another", async () => {
  const { isolate, publish, pass } = setUp();
  const { served, rejections, request } = isolate();
  publish(record(4));
  await request();
  const versions: (number | null)[] = [];
  for (const bad of ["", "{}", record(2), record(2)]) {
    publish(bad);
    pass(POLL_MS);
    await request();
    versions.push(served.version);
  }
  expect(versions).toEqual([4, 4, 4, 4]);
  expect(rejections.map(({ reason, version, served }) => [reason, version, served])).toEqual(
    [
      ["empty", null, 4],
      ["invalid", null, 4],
      ["older", 2, 4],
    ].flatMap((one) => [one, one]),
  );
  expect(served.standing.rejected).toMatchObject({ reason: "older", version: 2 });
});

test("a record that is removed is missed, but stays served; where none ever was, none is", async () => {
  const { isolate, publish, pass } = setUp();
  const { served, rejections, request } = isolate();
  await request();
  expect(rejections).toEqual([]);
  publish(record(1));
  pass(POLL_MS);
  await request();
  publish(null);
  pass(POLL_MS);
  await request();
  expect(served.version).toBe(1);
  expect(rejections.map(({ reason }) => reason)).toEqual(["empty", "empty"]);
});

test("a new isolate routes its first request by what its location knows, and takes no older record", async () => {
  const { isolate, publish } = setUp();
  publish(record(5));
  await isolate().request();
  publish(record(3, "ap-southeast-1"));
  const { served, rejections, request } = isolate();
  expect(await request()).toBe(5);
  expect(served.record).toEqual(JSON.parse(record(5)));
  expect(rejections).toMatchObject([{ reason: "older", version: 3, served: 5 }, {}]);
});

test("a location that knows nothing learns the newest record that others took there, whatever is published since", async () => {
  const { cache, isolate, publish } = setUp();
  publish(record(5));
  await isolate().request();
  for (const bad of [record(3), "", "{}"]) {
    publish(bad);
    cache.clear();
    const { served, request } = isolate();
    await request();
    expect(served.version).toBe(5);
  }
});

test("isolates of a location agree on the newest that one of them knows", async () => {
  const { isolate, publish, pass } = setUp();
  const [one, other] = [isolate(), isolate()];
  publish(record(1));
  await Promise.all([one.request(), other.request()]);
  publish(record(2));
  pass(POLL_MS);
  await one.request();
  publish(record(1));
  await other.request();
  expect(other.served.version).toBe(2);
});

test("what lies in the cache and is none is passed over", async () => {
  const { cache, isolate, publish } = setUp();
  cache.set("regions-record", "{");
  publish(record(1));
  const { served, request } = isolate();
  expect(await request()).toBe(0);
  expect(served.version).toBe(1);
  expect(cache.get("regions-record")).toBe(record(1));
});

test("a cache that hangs holds up the first request for a moment, and keeps no record from being taken", async () => {
  const { cache, isolate, publish } = setUp();
  const hanging = () => new Promise<never>(() => undefined);
  Object.assign(cache, { get: hanging });
  publish(record(1));
  const { served, failures, request } = isolate();
  await request();
  expect(served.version).toBe(1);
  expect(failures).toContain("edge");
});
