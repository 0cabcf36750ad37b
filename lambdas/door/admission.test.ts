import { expect, test } from "vitest";
import { Admission } from "./admission.ts";

test("work beyond the bound is refused at once, and let in again when there is room", async () => {
  const admission = new Admission(2);
  const release = Promise.withResolvers<string>();
  const underWay = [admission.run(() => release.promise), admission.run(() => release.promise)];
  await expect(admission.run(async () => "third")).rejects.toMatchObject({ code: "overloaded" });
  release.resolve("done");
  expect(await Promise.all(underWay)).toEqual(["done", "done"]);
  expect(await admission.run(async () => "fourth")).toBe("fourth");
});

test("work that fails makes room too", async () => {
  const admission = new Admission(1);
  await expect(admission.run(() => Promise.reject(new Error("bad")))).rejects.toThrow("bad");
  expect(await admission.run(async () => "next")).toBe("next");
});
