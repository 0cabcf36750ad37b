import { expect, test } from "vitest";
import { switched } from "./regions.ts";
import { UsageError } from "./usage-error.ts";

const REGIONS = [
  { name: "us-east-1", reads: "on" },
  { name: "eu-central-1", reads: "off" },
  { name: "ap-southeast-1", reads: "on" },
] as const;

test("what is named is switched, and the others stay as they are", () => {
  expect(switched(REGIONS, ["ap-southeast-1"], [])).toEqual([
    { name: "us-east-1", reads: "on" },
    { name: "eu-central-1", reads: "off" },
    { name: "ap-southeast-1", reads: "off" },
  ]);
  const back = switched(REGIONS, ["us-east-1"], ["eu-central-1"]);
  expect(back.map(({ reads }) => reads)).toEqual(["off", "on", "on"]);
});

test("a name that is none, or is to be both off and on, is refused", () => {
  expect(() => switched(REGIONS, ["eu-north-1"], [])).toThrow(UsageError);
  expect(() => switched(REGIONS, ["us-east-1"], ["us-east-1"])).toThrow("both off and on");
});
