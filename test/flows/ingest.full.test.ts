import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import { startTwin, until, type RunningTwin } from "./start-twin.ts";

const CLI = fileURLToPath(new URL("../../shared/cli/main.ts", import.meta.url));
const PICTURE = new URL(
  "../twin/demo/pictures/clip-food-fruit-lemon-slice-ganson.webp",
  import.meta.url,
);

let twin: RunningTwin;
let client: NearfieldOperator;
let folder: string;

beforeAll(async () => {
  twin = await startTwin();
  client = await twin.client("iad", { session: true });
  folder = await mkdtemp(path.join(tmpdir(), "nearfield-ingest-"));
});
afterAll(async () => {
  await twin.stop();
  await twin.remove();
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** The command in a process of its own, in the folder where it keeps how far it is. */
function start(args: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [CLI, "ingest", ...args, "--state", twin.state], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout?.on("data", (text: Buffer) => (output += text.toString()));
  child.stderr?.on("data", (text: Buffer) => (output += text.toString()));
  const ended = once(child, "close").then(() => ({ code: child.exitCode, output }));
  return { child, ended };
}

const ingest = (...args: string[]) => start(args).ended;
const ids = async (collection: string) => {
  const { documents } = await client.listDocuments({
    collection,
    limit: 1_000,
    consistency: "strong",
  });
  return documents.map(({ id }) => id);
};

test("a folder's texts and pictures are written under their paths; what can't be is told, and why", async () => {
  const source = path.join(folder, "mine");
  await mkdir(path.join(source, "deep", ".hidden"), { recursive: true });
  await writeFile(path.join(source, "a-cat.txt"), "A cat sleeps on a sofa.");
  await writeFile(path.join(source, "deep", "bread.md"), "# Bread\n\nIt is baked.");
  await writeFile(path.join(source, "deep", ".hidden", "x.txt"), "nobody's");
  await copyFile(PICTURE, path.join(source, "deep", "lemon.webp"));
  await writeFile(path.join(source, "broken.png"), "no picture at all");
  await writeFile(path.join(source, "paper.pdf"), "%PDF");
  await writeFile(path.join(source, "empty.txt"), "");
  await client.createCollection({ name: "mine" });
  const report = path.join(folder, "report.json");
  const { code, output } = await ingest("mine", source, "--report", report);
  expect(output).toMatch(/mine: 3 documents written, 3 skipped/);
  expect(code).toBe(1);
  expect(await ids("mine")).toEqual(["a-cat.txt", "deep/bread.md", "deep/lemon.webp"]);
  const { skipped } = JSON.parse(await readFile(report, "utf8"));
  expect(skipped.map(({ at }: { at: string }) => at).sort()).toEqual([
    "broken.png",
    "empty.txt",
    "paper.pdf",
  ]);
  expect(output).toMatch(/paper\.pdf: neither a text/);
  const { hits } = await client.retrieve({ collection: "mine", query: { text: "kitten" }, k: 1 });
  expect(hits[0]?.id).toBe("a-cat.txt");
}, 120_000);

test("a file that is interrupted goes on where it was, and every document is there once", async () => {
  const lines = Array.from({ length: 400 }, (_, n) =>
    n % 100 === 50
      ? `{"id": "bad${n}"`
      : JSON.stringify({
          id: `d${n}`,
          text: `Document ${n} is about ${n} things.`,
          metadata: { n },
        }),
  );
  const file = path.join(folder, "articles.ndjson");
  await writeFile(file, `${lines.join("\n")}\n`);
  await client.createCollection({ name: "articles", spaces: { text: { model: "text" } } });
  const { child, ended } = start(["articles", file]);
  await until(
    async () => (await client.countDocuments({ collection: "articles" })).count >= 60,
    60_000,
    () => "nothing is written",
  );
  child.kill("SIGINT");
  const first = await ended;
  expect([first.code, first.output.includes("the same command goes on")]).toEqual([1, true]);
  expect((await ids("articles")).length).toBeLessThan(396);
  const second = await ingest("articles", file);
  expect(second.output).toMatch(/Going on behind the first \d+ documents/);
  expect(second.output).toMatch(/articles: 396 documents written, 4 skipped/);
  expect(second.output).toMatch(/articles\.ndjson:51: not JSON/);
  const found = await ids("articles");
  expect([found.length, new Set(found).size]).toEqual([396, 396]);
}, 180_000);

test("what can't be begun says what to do", async () => {
  const nothing = await ingest("mine", path.join(folder, "nowhere"));
  expect(nothing).toMatchObject({ code: 1, output: expect.stringContaining("There is no folder") });
  const file = path.join(folder, "one.ndjson");
  await writeFile(file, '{"text":"x"}\n');
  const unknown = await ingest("unknown", file);
  expect(unknown).toMatchObject({ code: 1, output: expect.stringContaining("no collection") });
}, 60_000);
