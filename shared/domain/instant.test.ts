import fc from "fast-check";
import { expect, test } from "vitest";
import { parseInstant } from "./instant.ts";

test.each<[string, string]>([
  ["2024-02-29", "2024-02-29T00:00:00.000Z"],
  ["2024-05-01T12:30Z", "2024-05-01T12:30:00.000Z"],
  ["2024-05-01T12:30:15.5Z", "2024-05-01T12:30:15.500Z"],
  ["2024-05-01T12:30:15.123999Z", "2024-05-01T12:30:15.123Z"],
  ["2024-05-01T00:30:00+02:00", "2024-04-30T22:30:00.000Z"],
  ["2024-05-01T00:30:00-0530", "2024-05-01T06:00:00.000Z"],
  ["0001-01-01", "0001-01-01T00:00:00.000Z"],
])("%s is %s", (text, utc) => {
  expect(parseInstant(text)).toBe(Date.parse(utc));
});

test.each([
  "",
  "2024",
  "2024-05",
  "2024-02-30",
  "2023-02-29",
  "2024-13-01",
  "2024-05-01T12:30:00", // Whose noon?
  "2024-05-01T24:00:00Z",
  "2024-12-31T23:59:60Z",
  "2024-05-01T12:30:00+24:00",
  "2024-05-01 12:30:00Z",
  " 2024-05-01",
  "2024-05-01\n",
  "+012024-05-01",
  "May 1, 2024",
  "1714521600000",
])("%j is no moment", (text) => {
  expect(parseInstant(text)).toBeNull();
});

test("every moment of four-digit years comes back from what toISOString writes", () => {
  const min = Date.parse("0000-01-01T00:00:00.000Z");
  const max = Date.parse("9999-12-31T23:59:59.999Z");
  fc.assert(
    fc.property(fc.integer({ min, max }), (ms) => {
      expect(parseInstant(new Date(ms).toISOString())).toBe(ms);
    }),
  );
});
