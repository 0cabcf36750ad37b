import fc from "fast-check";
import { expect, test } from "vitest";
import { REGIONS_BYTES_MAX, type RegionsRecord } from "../../shared/contracts/regions-record.ts";
import { judgeRegions } from "./judge-regions.ts";
import { ServedRegions } from "./served-regions.ts";

const KNOWN = ["us-east-1", "eu-central-1", "ap-southeast-1"];

const switches = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom(...KNOWN),
      reads: fc.constantFrom("on" as const, "off" as const),
    }),
    { selector: ({ name }) => name, minLength: 1 },
  )
  .filter((regions) => regions.some(({ reads }) => reads === "on"));
const records = fc.record({ version: fc.integer({ min: 1, max: 6 }), regions: switches });

const good = (version: number): RegionsRecord => ({
  version,
  regions: [
    { name: "us-east-1", reads: "on" },
    { name: "eu-central-1", reads: "off" },
  ],
});
/** Each a good record of a newer version, but for one thing. */
const BAD: readonly (readonly [string, string, string, number | null])[] = [
  ["nothing", "", "empty", null],
  ["white space", " \n", "empty", null],
  ["half of it", JSON.stringify(good(8)).slice(0, 40), "malformed", null],
  ["a key twice", '{"version":7,"version":8,"regions":[]}', "malformed", null],
  ["too large", JSON.stringify(good(8)).padEnd(10 * REGIONS_BYTES_MAX), "too-large", null],
  ["another type", "null", "invalid", null],
  ["an empty object", "{}", "invalid", null],
  ["no regions", '{"version":8,"regions":[]}', "invalid", 8],
  ["an unknown key", JSON.stringify({ ...good(8), weights: {} }), "invalid", 8],
  ["a version that is none", JSON.stringify({ ...good(8), version: "8" }), "invalid", null],
  ["version 0", JSON.stringify({ ...good(8), version: 0 }), "invalid", null],
  ["an absurd version", JSON.stringify({ ...good(8), version: 2 ** 53 }), "invalid", null],
  [
    "all off",
    JSON.stringify({ version: 8, regions: KNOWN.map((name) => ({ name, reads: "off" })) }),
    "invalid",
    8,
  ],
  [
    "a name twice",
    JSON.stringify({ version: 8, regions: [...good(8).regions, ...good(8).regions] }),
    "invalid",
    8,
  ],
  [
    "an unknown region among the known",
    JSON.stringify({
      version: 8,
      regions: [...good(8).regions, { name: "eu-north-1", reads: "on" }],
    }),
    "unknown-region",
    8,
  ],
  ["an older one", JSON.stringify(good(6)), "older", 6],
  [
    "another one of the version",
    JSON.stringify({ version: 7, regions: [{ name: "us-east-1", reads: "on" }] }),
    "altered",
    7,
  ],
];

test.each(BAD)(
  "%s is refused, with its version where it can be read",
  (_, text, reason, version) => {
    expect(judgeRegions(text, good(7), KNOWN)).toEqual({ kind: "refused", reason, version });
  },
);

test("what is bad changes nothing that is served; the next good one is taken", () => {
  const served = new ServedRegions(KNOWN);
  served.take(JSON.stringify(good(7)));
  for (const [, text] of BAD) {
    served.take(text);
    expect(served.record).toEqual(good(7));
    expect(served.readable()).toEqual(["us-east-1"]);
  }
  expect(served.take(JSON.stringify(good(8))).kind).toBe("newer");
  expect(served.version).toBe(8);
});

test("until a record comes all regions are read; what a record does not list is not", () => {
  const served = new ServedRegions(KNOWN);
  expect(served.version).toBe(0);
  expect(served.readable()).toEqual(KNOWN);
  served.take(JSON.stringify(good(1)));
  expect(served.switches).toEqual([
    { name: "us-east-1", reads: "on" },
    { name: "eu-central-1", reads: "off" },
    { name: "ap-southeast-1", reads: "off" },
  ]);
});

test("whatever is offered in whatever order: the version never falls, a version is one record, and some region is read", () => {
  const offers = fc.oneof(
    records.map((record) => JSON.stringify(record)),
    fc.json(),
    fc.string(),
    records.map((record) => JSON.stringify(record).slice(0, -1)),
  );
  fc.assert(
    fc.property(fc.array(offers, { maxLength: 30 }), (texts) => {
      const served = new ServedRegions(KNOWN);
      const seen = new Map<number, string>();
      for (const text of texts) {
        const before = served.version;
        const { kind } = served.take(text);
        expect(served.version > before).toBe(kind === "newer");
        expect(served.version).toBeGreaterThanOrEqual(before);
        const first = seen.get(served.version) ?? JSON.stringify(served.record);
        seen.set(served.version, first);
        expect(JSON.stringify(served.record)).toBe(first);
        expect(served.readable().length).toBeGreaterThan(0);
        expect(KNOWN).toEqual(expect.arrayContaining([...served.readable()]));
      }
    }),
  );
});

test("the highest good version of all that was offered is what is served in the end", () => {
  fc.assert(
    fc.property(fc.array(records, { maxLength: 20 }), (offered) => {
      const served = new ServedRegions(KNOWN);
      for (const record of offered) served.take(JSON.stringify(record));
      expect(served.version).toBe(Math.max(0, ...offered.map(({ version }) => version)));
    }),
  );
});
