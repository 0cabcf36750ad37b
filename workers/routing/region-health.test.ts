import { expect, test } from "vitest";
import { chooseRegions } from "./choose-region.ts";
import { RegionHealth } from "./region-health.ts";

const REGIONS = [
  { name: "us-east-1", latitude: 38.95, longitude: -77.45, redisUrl: "http://r" },
  { name: "eu-central-1", latitude: 50.11, longitude: 8.68, redisUrl: "http://r" },
  {
    name: "ap-southeast-1",
    latitude: 1.35,
    longitude: 103.82,
    redisUrl: "http://r",
  },
];
const names = REGIONS.map(({ name }) => name);
const SAO_PAULO = { latitude: -23.43, longitude: -46.47 };

test("before anything was measured, great circles decide", () => {
  const health = new RegionHealth(REGIONS, SAO_PAULO);
  expect(chooseRegions(names, health, 0)).toEqual(["us-east-1", "eu-central-1", "ap-southeast-1"]);
});

test("one slow answer, as a new connection gives, moves nothing; two in a row do", () => {
  const health = new RegionHealth(REGIONS, SAO_PAULO);
  health.succeeded("us-east-1", 400, 0);
  expect(chooseRegions(names, health, 0)[0]).toBe("us-east-1");
  health.succeeded("us-east-1", 400, 1);
  expect(chooseRegions(names, health, 1)[0]).toBe("eu-central-1");
});

test("the work of a busy process does not make a region look further away", () => {
  const health = new RegionHealth(REGIONS, SAO_PAULO);
  for (let i = 0; i < 10; i++) health.succeeded("us-east-1", health.rttMs("us-east-1", i) + 30, i);
  expect(chooseRegions(names, health, 10)[0]).toBe("us-east-1");
});

test("a slow region is tried again when its measurement has faded", () => {
  const health = new RegionHealth(REGIONS, SAO_PAULO);
  for (let i = 0; i < 5; i++) health.succeeded("us-east-1", 2_000, i);
  expect(chooseRegions(names, health, 5)[0]).toBe("eu-central-1");
  expect(chooseRegions(names, health, 60_000)[0]).toBe("us-east-1");
});

test("each failure in a row keeps a region out for longer, at most five seconds", () => {
  const health = new RegionHealth(REGIONS, SAO_PAULO);
  const outMs: number[] = [];
  for (let failure = 0; failure < 8; failure++) {
    health.failed("us-east-1", 0);
    let ms = 0;
    while (!health.admits("us-east-1", ms)) ms += 100;
    outMs.push(ms);
  }
  expect(outMs).toEqual([1_000, 2_000, 4_000, 5_000, 5_000, 5_000, 5_000, 5_000]);
});
