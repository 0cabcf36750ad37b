import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FolderBlobs } from "../../lambdas/adapters/folder-blobs.ts";
import { FolderTermRegister } from "../../lambdas/adapters/folder-term-register.ts";
import { describeBlobs } from "./blobs-suite.ts";
import { describeTermRegister } from "./term-register-suite.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "nearfield-blobs-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("the terms in a folder", () => {
  describeTermRegister(() => new FolderTermRegister(path.join(root, "terms")));
});

describe("blobs in a folder", () => {
  describeBlobs(() => new FolderBlobs(path.join(root, "blobs")));

  test("no name points out of it", async () => {
    const blobs = new FolderBlobs(path.join(root, "inner/blobs"));
    const signal = AbortSignal.timeout(10_000);
    const names = [
      "../out",
      "snapshots/../../out",
      "snapshots/./x",
      "/etc/out",
      "segments/../../out",
    ];
    for (const name of names) {
      await blobs.put(name, Uint8Array.of(1), "text/plain", signal);
      expect((await blobs.get(name, signal))?.bytes).toHaveLength(1);
    }
    expect(await readdir(path.join(root, "inner"))).toEqual(["blobs"]);
    expect(await blobs.list("snapshots/../../", 10, signal)).toEqual([]);
  });
});
