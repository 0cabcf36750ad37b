import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { alive } from "../flows/start-twin.ts";
import { SupervisedChild } from "./supervise.ts";

let dir: string;
let child: SupervisedChild;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "nearfield-supervise-"));
  await writeFile(
    path.join(dir, "lives.mjs"),
    'console.error("hello"); console.log(JSON.stringify({ ready: true, n: 1 })); process.on("disconnect", () => process.exit()); setInterval(() => {}, 1000);',
  );
  await writeFile(path.join(dir, "dies.mjs"), 'console.error("no port"); process.exit(3);');
});
afterEach(() => child.stop());
afterAll(() => rm(dir, { recursive: true }));

function supervise(entry: string): SupervisedChild {
  child = new SupervisedChild(
    {
      name: entry,
      kind: "region",
      url: "",
      entry: path.join(dir, `${entry}.mjs`),
      env: {},
      readyMsMax: 5_000,
    },
    dir,
    () => undefined,
  );
  return child;
}

test("a child that is killed comes back, as another process", async () => {
  await supervise("lives").start();
  const first = child.pid;
  expect(child.words).toMatchObject({ ready: true, n: 1 });
  child.signal("SIGKILL");
  await expect
    .poll(() => child.pid !== first && child.pid !== null && alive(child.pid), { timeout: 5_000 })
    .toBe(true);
});

test("a child that is held stays down until it is released", async () => {
  await supervise("lives").start();
  const first = child.pid ?? 0;
  await child.hold();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(alive(first)).toBe(false);
  expect(child.pid).toBe(first);
  await child.release();
  expect(alive(child.pid ?? 0)).toBe(true);
});

test("a stopped child does not come back", async () => {
  await supervise("lives").start();
  const pid = child.pid ?? 0;
  await child.stop();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(alive(pid)).toBe(false);
});

test("a child that can't start gives one line that names its log, where its last words are", async () => {
  await expect(supervise("dies").start()).rejects.toThrow(
    /dies does not start; its last words are in .*dies\.log/,
  );
  expect(await readFile(path.join(dir, "dies.log"), "utf8")).toContain("no port");
}, 10_000);
