import HashRing from "hashring";
import { chooseRegions } from "../../workers/routing/choose-region.ts";
import { RegionHealth } from "../../workers/routing/region-health.ts";
import { createRing, shardOf } from "../../shared/domain/ring.ts";
import { seededRandom } from "../../shared/std/random.ts";
import type { Benchmark, Figure } from "./benchmark.ts";
import { measureInTurn, ratio, spread, values } from "./paired.ts";

const SEED = 30;
const REGIONS = 30;
const CHOICES = 20_000;
const KEYS = 20_000;
/** n of n -> n + 1. */
const SHARDS = [1, 2, 3, 4, 6, 8, 12, 15];
/** A choice is made at a time of its own: measurements fade with it. */
const CHOICE_APART_MS = 3;

/** Keeps results alive, so that no loop is optimised away. */
let sink = 0;

export const routing: Benchmark = {
  name: "routing",
  measures: `choosing among ${REGIONS} regions; and the share of keys that the shard ring moves when it grows`,
  reference: "npm hashring: a look-up among as many servers; and its moved keys",

  async run({ rounds, say }) {
    say("choosing");
    const { regions, health } = place();
    const names = regions.map(({ name }) => name);
    const hashring = new HashRing(names);
    let nowMs = 0;
    const measured = await measureInTurn(
      {
        nearfield: () =>
          microseconds(CHOICES, () => {
            nowMs += CHOICE_APART_MS;
            sink += chooseRegions(names, health, nowMs).length;
          }),
        hashring: () =>
          microseconds(CHOICES, (i) => {
            sink += hashring.get(`key-${i}`).length;
          }),
      },
      { rounds, warmUps: 2 },
    );
    say("growing rings");
    const own = SHARDS.map((n) => moved(n, ownOwner(n), ownOwner(n + 1)));
    const theirs = SHARDS.map((n) => moved(n, theirOwner(n), theirOwner(n + 1)));
    const choice = spread(values(measured.nearfield, "us"));
    const lookUp = spread(values(measured.hashring, "us"));
    const times = ratio(measured.nearfield, measured.hashring, "us");
    const { median, ...range } = choice;
    const figures: Figure[] = [
      { what: "a choice", value: median, unit: "us", ...range, goal: { atMost: 20 } },
      {
        what: "a hashring look-up",
        value: lookUp.median,
        unit: "us",
        min: lookUp.min,
        max: lookUp.max,
      },
      { what: "choice to look-up", value: times.median, unit: "x", min: times.min, max: times.max },
      movedFigure("moved keys to 1/(n+1), mean", mean(own), own, 1.05),
      movedFigure("the same, hashring", mean(theirs), theirs),
    ];
    return {
      figures,
      sides: measured,
      sizes: { regions: REGIONS, choices: CHOICES, keys: KEYS, shards: SHARDS.join(" ") },
      seed: SEED,
      notes: [
        "A choice orders all regions, with health and fading measurements; a look-up names one by a hash: what the first buys is distance.",
        `moved keys by n, to 1/(n+1): ${SHARDS.map((n, i) => `${n}: ${(own[i] ?? 0).toFixed(2)}`).join(", ")}. The law holds in the mean; single rings vary with their points.`,
      ],
    };
  },
};

function movedFigure(what: string, value: number, all: readonly number[], goal?: number): Figure {
  return {
    what,
    value,
    unit: "x",
    min: Math.min(...all),
    max: Math.max(...all),
    ...(goal === undefined ? {} : { goal: { atMost: goal } }),
  };
}

/** Regions all over the world, half of them measured, two of them out. */
function place() {
  const random = seededRandom(SEED);
  const regions = Array.from({ length: REGIONS }, (_, i) => ({
    name: `xx-bench-${i}`,
    latitude: random() * 140 - 70,
    longitude: random() * 360 - 180,
    redisUrl: "http://127.0.0.1:3",
  }));
  const health = new RegionHealth(regions, { latitude: 50, longitude: 8 });
  for (const [i, { name }] of regions.entries()) {
    if (i % 2 === 0) health.succeeded(name, random() * 300, 0);
    if (i % 15 === 14) health.failed(name, 0);
  }
  return { regions, health };
}

function microseconds(times: number, work: (i: number) => void): { us: number } {
  const startMs = performance.now();
  for (let i = 0; i < times; i++) work(i);
  return { us: ((performance.now() - startMs) * 1_000) / times };
}

type Owner = (key: string) => string | number;

function ownOwner(shards: number): Owner {
  const ring = createRing(shards);
  return (key) => shardOf(ring, key);
}

function theirOwner(servers: number): Owner {
  const ring = new HashRing(Array.from({ length: servers }, (_, i) => `shard-${i}`));
  return (key) => ring.get(key);
}

/** Share of keys with another owner, to the least possible. */
function moved(n: number, before: Owner, after: Owner): number {
  let count = 0;
  for (let i = 0; i < KEYS; i++) if (before(`doc-${i}`) !== after(`doc-${i}`)) count += 1;
  return (count / KEYS) * (n + 1);
}

function mean(all: readonly number[]): number {
  return all.reduce((sum, value) => sum + value, 0) / all.length;
}
