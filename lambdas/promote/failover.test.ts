import { expect, test } from "vitest";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { LookResult } from "../../shared/contracts/region-event.ts";
import { nextChain, originPoint, type Point } from "../../shared/domain/point.ts";
import type { Held } from "../catalog/placements.ts";
import type { Inspection } from "../ports/promotions.ts";
import { Failover } from "./failover.ts";
import { Silence } from "./silence.ts";

const REGIONS = ["ap-southeast-1", "eu-central-1", "us-east-1"];
const AFTER_MS = 3_000;
const record = {
  tenant: "t",
  name: "c",
  incarnation: "aaaaaaaaaaaa",
  primary: "us-east-1",
  term: 1,
} as CollectionRecord;

const points: Point[] = [originPoint(record.incarnation, 1)];
for (let position = 1; position <= 9; position++)
  points.push({
    term: 1,
    position,
    chain: nextChain(points[position - 1]?.chain ?? "", String(position)),
  });
const at = (position: number) => points[position] as Point;

/** The regions and the log as one of them sees them. */
class World {
  readonly region: string;
  nowMs = 0;
  run = "first";
  log: Inspection = { stands: true, term: 1, head: at(5), terms: [{ term: 1, first: 1 }] };
  /** Where each region is; null: it does not answer. */
  held: Record<string, Point | null> = Object.fromEntries(REGIONS.map((region) => [region, at(5)]));
  /** What the others have heard of the primary, ms ago. */
  primarySilentMs = 0;
  readonly raised: string[] = [];
  readonly putAside: number[] = [];
  inspected = 0;
  readonly failover: Failover;

  constructor(region: string) {
    this.region = region;
    const others = REGIONS.filter((one) => one !== region);
    const silence = new Silence(others, () => this.nowMs);
    this.failover = new Failover({
      region,
      afterMs: AFTER_MS,
      silence,
      nowMs: () => this.nowMs,
      catalog: { all: async () => [record] },
      placements: {
        read: async () => ({ checkpoint: { point: this.held[region] } }) as unknown as Held,
      },
      readings: { keepOffLine: (_, { position }) => void this.putAside.push(position) },
      exporter: { keep: async () => undefined },
      promotions: {
        run: async () => this.run,
        inspect: async () => {
          this.inspected += 1;
          return this.log;
        },
      },
      promoter: {
        raise: async (of) => {
          this.raised.push(of.primary);
          this.log = { ...this.log, stands: true, term: this.log.term + 1 };
          return { record: of, from: of.primary, lost: 0 };
        },
      },
      peers: {
        names: others,
        look: async (asked) => others.map((one) => this.#say(one, asked.length)),
      },
      onFailure: (_, error) => {
        throw error;
      },
    });
  }

  async look(afterMs = 0): Promise<number> {
    this.nowMs += afterMs;
    return this.failover.look(AbortSignal.timeout(5_000));
  }

  #say(region: string, asked: number): LookResult | null {
    const point = this.held[region] ?? null;
    if (point === null) return null;
    const silentMs = { "us-east-1": this.primarySilentMs };
    return { region, held: Array.from({ length: asked }, () => point), silentMs };
  }
}

test("as long as nothing happens the log is asked for its run alone", async () => {
  const world = new World("us-east-1");
  await world.look();
  const { inspected } = world;
  for (let i = 0; i < 20; i++) expect(await world.look(1_000)).toBe(0);
  expect(world.inspected).toBe(inspected);
  expect(world.raised).toEqual([]);
});

test("a restart: the primary promotes itself as soon as all have said what they hold; the others leave it to it", async () => {
  for (const region of REGIONS) {
    const world = new World(region);
    await world.look();
    Object.assign(world, { run: "second", log: { ...world.log, stands: false } });
    await world.look(1_000);
    expect(world.raised).toHaveLength(region === "us-east-1" ? 1 : 0);
  }
});

test("a restart while one region is away waits for it, but not for ever; alone nobody decides", async () => {
  const world = new World("us-east-1");
  Object.assign(world, { run: "second", log: { ...world.log, stands: false } });
  world.held["eu-central-1"] = null;
  world.held["ap-southeast-1"] = null;
  for (let i = 0; i < 20; i++) expect(await world.look(1_000)).toBe(1);
  expect(world.raised).toEqual([]);
  const other = new World("us-east-1");
  Object.assign(other, { run: "second", log: { ...other.log, stands: false } });
  other.held["eu-central-1"] = null;
  await other.look();
  await other.look(AFTER_MS - 1);
  expect(other.raised).toEqual([]);
  await other.look(1);
  expect(other.raised).toHaveLength(1);
});

test("after a lost tail one that holds nothing lost is promoted, and who does is put aside", async () => {
  const lost = { stands: false, term: 1, head: at(5), terms: [{ term: 1, first: 1 }] };
  for (const region of REGIONS) {
    const world = new World(region);
    Object.assign(world, { run: "second", log: lost });
    world.held = { "us-east-1": at(8), "eu-central-1": at(4), "ap-southeast-1": at(7) };
    await world.look();
    expect(world.raised).toHaveLength(region === "eu-central-1" ? 1 : 0);
    world.log = { ...lost, stands: true, term: 2 };
    await world.look(1_000);
    expect(world.putAside).toEqual(region === "eu-central-1" ? [] : [world.held[region]?.position]);
  }
});

test("a log that does not know that it has lost something is promoted when a region holds more of its term", async () => {
  const world = new World("us-east-1");
  await world.look();
  world.held["eu-central-1"] = at(7);
  expect(await world.look(1_000)).toBe(0);
  expect(world.raised).toEqual([]); // Nobody has said that a line is broken.
  world.failover.suspect(record.incarnation);
  await world.look(1_000);
  expect(world.raised).toHaveLength(1);
});

test("a silent primary is replaced by the furthest of the others, once all that answer have not heard of it for long enough", async () => {
  const world = new World("eu-central-1");
  await world.look();
  world.held = { ...world.held, "us-east-1": null, "ap-southeast-1": at(4) };
  await world.look(AFTER_MS - 1);
  expect(world.raised).toEqual([]);
  await world.look(1_000); // The other one still hears it.
  expect(world.raised).toEqual([]);
  world.primarySilentMs = AFTER_MS;
  await world.look(1_000);
  expect(world.raised).toEqual(["us-east-1"]);
});

test("a region that hears of nobody does not promote itself: it may be the one that is cut off", async () => {
  const world = new World("eu-central-1");
  await world.look();
  world.held = { "us-east-1": null, "ap-southeast-1": null, "eu-central-1": at(5) };
  for (let i = 0; i < 30; i++) await world.look(1_000);
  expect(world.raised).toEqual([]);
});

test("a region that was never heard of may be starting: it is given more time", async () => {
  const world = new World("eu-central-1");
  world.held = { ...world.held, "us-east-1": null, "ap-southeast-1": at(4) };
  world.primarySilentMs = 60_000;
  await world.look();
  await world.look(5 * AFTER_MS);
  expect(world.raised).toEqual([]);
  await world.look(5 * AFTER_MS);
  expect(world.raised).toEqual(["us-east-1"]);
});
