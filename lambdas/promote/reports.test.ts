import { expect, test } from "vitest";
import { nextChain, originPoint, type Point } from "../../shared/domain/point.ts";
import { choosePrimary, lostEntries, type Report } from "./reports.ts";

const points: Point[] = [originPoint("aaaaaaaaaaaa", 1)];
for (let position = 1; position <= 9; position++)
  points.push({
    term: 1,
    position,
    chain: nextChain(points[position - 1]?.chain ?? "", String(position)),
  });
const at = (position: number) => points[position] ?? null;
const end = { head: points[6] as Point, terms: [{ term: 1, first: 1 }] };
const record = { primary: "us-east-1" };
const report = (region: string, position: number | null): Report => ({
  region,
  point: position === null ? null : at(position),
});

test("nothing is lost where the log has all that regions hold, and of what it has not as much as one region holds", () => {
  expect(lostEntries([report("a", 6), report("b", 2), report("c", null)], end)).toBe(0);
  expect(lostEntries([report("a", 9), report("b", 8), report("c", 6)], end)).toBe(3);
});

test("another history at the same position is a loss", () => {
  const other: Report = { region: "a", point: { ...(at(6) as Point), chain: "0".repeat(40) } };
  expect(lostEntries([other], end)).toBe(1);
});

test("the primary stays, if it holds nothing that is lost", () => {
  const reports = [report("ap-southeast-1", 6), report("us-east-1", 3), report("eu-central-1", 6)];
  expect(choosePrimary(record, reports, end)).toBe("us-east-1");
});

test("else of those that hold nothing lost the furthest, by name where they are even", () => {
  const reports = [report("eu-central-1", 5), report("ap-southeast-1", 5), report("us-east-1", 8)];
  expect(choosePrimary(record, reports, end)).toBe("ap-southeast-1");
  expect(choosePrimary(record, [...reports, report("sa-east-1", 6)], end)).toBe("sa-east-1");
});

test("where all hold what is lost, the primary stays; where it is not asked, the furthest", () => {
  const reports = [report("eu-central-1", 8), report("ap-southeast-1", 9)];
  expect(choosePrimary(record, [...reports, report("us-east-1", 7)], end)).toBe("us-east-1");
  expect(choosePrimary(record, reports, end)).toBe("ap-southeast-1");
});
