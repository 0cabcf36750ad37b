import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FolderTermRegister } from "./folder-term-register.ts";

const signal = () => AbortSignal.timeout(10_000);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "nearfield-terms-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("each term is above all that were known and all that were taken, also by another process", async () => {
  const take = (above: number) =>
    new FolderTermRegister(folder).take("aaaaaaaaaaaa", above, signal());
  expect([await take(1), await take(1), await take(7), await take(2)]).toEqual([2, 3, 8, 9]);
});

test("collections have terms of their own", async () => {
  const register = new FolderTermRegister(folder);
  expect(await register.take("bbbbbbbbbbbb", 1, signal())).toBe(2);
});

test("of many at once no two take the same term", async () => {
  const all = await Promise.all(
    Array.from({ length: 12 }, () =>
      new FolderTermRegister(folder).take("cccccccccccc", 1, signal()),
    ),
  );
  expect(new Set(all).size).toBe(all.length);
});
