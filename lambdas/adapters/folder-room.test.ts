import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { FolderRoom } from "./folder-room.ts";

/** Other processes write and delete meanwhile: the floors are far from what is free. */
async function free(): Promise<number> {
  const { bavail, bsize } = await statfs(tmpdir());
  return bavail * bsize;
}

test("a folder has room, is low below its floor, and full below a quarter of it; one that is not there yet is where it would be", async () => {
  const bytes = await free();
  const standing = (freeBytesMin: number, folder = tmpdir()) =>
    new FolderRoom({ folder, freeBytesMin, nowMs: () => 0 }).standing();
  expect(await standing(0)).toBe("enough");
  expect(await standing(Math.floor(bytes / 2))).toBe("enough");
  expect(await standing(bytes * 2)).toBe("low");
  expect(await standing(bytes * 8)).toBe("full");
  expect(await standing(bytes * 2, path.join(tmpdir(), "nowhere", "yet"))).toBe("low");
});

test("it is looked at once a second at most, by all who ask", async () => {
  let nowMs = 0;
  const room = new FolderRoom({ folder: tmpdir(), freeBytesMin: 0, nowMs: () => nowMs });
  const first = room.standing();
  nowMs = 900;
  expect(room.standing()).toBe(first);
  nowMs = 2_000;
  expect(room.standing()).not.toBe(first);
  expect(await first).toBe("enough");
});
