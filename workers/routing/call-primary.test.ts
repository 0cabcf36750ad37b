import { expect, test } from "vitest";
import type { WriteEvent, WriteResult } from "../../shared/contracts/write-event.ts";
import { RegionFailure, type RegionFunctions } from "../ports/region-functions.ts";
import { callPrimary } from "./call-primary.ts";
import type { Router } from "./call-regions.ts";
import { PrimaryRegions } from "./primary-regions.ts";
import { RegionGaps } from "./region-gaps.ts";
import { RegionHealth } from "./region-health.ts";
import { RetryBudget } from "./retry-budget.ts";

const REGIONS = [
  { name: "us-east-1", latitude: 39, longitude: -77, redisUrl: "http://r" },
  { name: "eu-central-1", latitude: 50, longitude: 8, redisUrl: "http://r" },
  { name: "ap-southeast-1", latitude: 1, longitude: 104, redisUrl: "http://r" },
];
const VIRGINIA = { latitude: 39, longitude: -77 };
const ABOUT = "t c";

/** What a region makes of a write: accepts it in a term, names another, does not answer at all or not in time. */
type Behaviour =
  | { readonly accepts: number }
  | { readonly names: string; readonly term: number }
  | "down"
  | "hangs";

function setUp(behaviours: Record<string, Behaviour>) {
  let nowMs = 1_000_000;
  const asked: string[] = [];
  const write = async (region: string): Promise<WriteResult> => {
    asked.push(region);
    const behaviour = behaviours[region] ?? "down";
    if (behaviour === "down")
      throw new RegionFailure(region, { cause: new Error("connection refused") });
    if (behaviour === "hangs") {
      nowMs += 60_000;
      throw new DOMException("too late", "TimeoutError");
    }
    if ("names" in behaviour)
      return { kind: "not-primary", region, primary: behaviour.names, term: behaviour.term };
    const point = { term: behaviour.accepts, position: 1, chain: "0".repeat(40) };
    const rest = { ids: [], applied: true, regions: [], refused: [], repeated: false };
    return { kind: "written", region, incarnation: "aaaaaaaaaaaa", point, ...rest };
  };
  const router: Router = {
    functions: new Map(
      REGIONS.map(({ name }) => [
        name,
        { region: name, write: () => write(name) } as unknown as RegionFunctions,
      ]),
    ),
    readable: () => REGIONS.map(({ name }) => name),
    health: new RegionHealth(REGIONS, VIRGINIA),
    gaps: new RegionGaps(),
    retries: new RetryBudget(),
    nowMs: () => nowMs,
    onAttempt: () => undefined,
  };
  const primaries = new PrimaryRegions("us-east-1");
  const call = async (op: "put" | "create" = "put") => {
    asked.length = 0;
    const event = (op === "put" ? { op, idempotencyKey: "k" } : { op }) as WriteEvent;
    const result = await callPrimary(router, primaries, ABOUT, 10_000, () => event);
    return "region" in result ? result.region : null;
  };
  return { behaviours, asked, call, later: (ms: number) => (nowMs += ms) };
}

test("a region that is not the primary any more names who is: one hop more, once", async () => {
  const { asked, call } = setUp({
    "us-east-1": { names: "ap-southeast-1", term: 2 },
    "ap-southeast-1": { accepts: 2 },
  });
  expect(await call()).toBe("ap-southeast-1");
  expect(asked).toEqual(["us-east-1", "ap-southeast-1"]);
  expect(await call()).toBe("ap-southeast-1");
  expect(asked).toEqual(["ap-southeast-1"]);
});

test("a primary that is dead: another region accepts what it was promoted for, or knows who was", async () => {
  const { asked, call } = setUp({
    "us-east-1": "down",
    "eu-central-1": { names: "ap-southeast-1", term: 2 },
    "ap-southeast-1": { accepts: 2 },
  });
  expect(await call()).toBe("ap-southeast-1");
  expect(asked).toEqual(["us-east-1", "us-east-1", "eu-central-1", "ap-southeast-1"]);
});

test("dead, and nobody promoted yet: refused at once, with a wait; then others are asked first, until it is back", async () => {
  const { behaviours, asked, call, later } = setUp({
    "us-east-1": "down",
    "eu-central-1": { names: "us-east-1", term: 1 },
    "ap-southeast-1": { names: "us-east-1", term: 1 },
  });
  await expect(call()).rejects.toMatchObject({ code: "primary-unavailable" });
  await expect(call()).rejects.toMatchObject({ code: "primary-unavailable" });
  expect(asked[0]).toBe("eu-central-1");
  expect(asked.length).toBeLessThanOrEqual(4);
  behaviours["us-east-1"] = { accepts: 1 };
  expect(await call()).toBe("us-east-1");
  later(10_000);
  await call();
  expect(asked).toEqual(["us-east-1"]);
});

test("a primary that hangs costs one write its time; the next asks another region who it is", async () => {
  const { behaviours, asked, call } = setUp({
    "us-east-1": "hangs",
    "eu-central-1": { accepts: 3 },
  });
  await expect(call()).rejects.toMatchObject({ code: "outcome-unknown" });
  expect(asked).toEqual(["us-east-1"]);
  behaviours["us-east-1"] = { names: "eu-central-1", term: 3 };
  expect(await call()).toBe("eu-central-1");
  expect(asked).toEqual(["eu-central-1"]);
});

test("a creation that was sent and not answered is not sent anywhere else", async () => {
  const { asked, call } = setUp({ "us-east-1": "down", "eu-central-1": { accepts: 1 } });
  await expect(call("create")).rejects.toMatchObject({ code: "primary-unavailable" });
  expect(asked).toEqual(["us-east-1"]);
});

test("what a region says of an earlier term does not replace what is known", async () => {
  const { behaviours, asked, call } = setUp({
    "us-east-1": { names: "eu-central-1", term: 5 },
    "eu-central-1": { accepts: 5 },
  });
  await call();
  behaviours["eu-central-1"] = "down";
  behaviours["us-east-1"] = { names: "ap-southeast-1", term: 4 };
  await call().catch(() => undefined);
  behaviours["eu-central-1"] = { accepts: 5 };
  expect(await call()).toBe("eu-central-1");
  expect(asked.at(-1)).toBe("eu-central-1");
});
