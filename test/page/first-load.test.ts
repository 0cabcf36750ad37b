import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildPage } from "../../workers/playground/build.ts";

const KIB = 1_024;
const files = new Map<string, Buffer>();
let outDir: string;

beforeAll(async () => {
  outDir = await mkdtemp(path.join(tmpdir(), "nearfield-page-"));
  await buildPage(outDir);
  for (const name of [
    "index.html",
    ...(await readdir(path.join(outDir, "assets"))).map((file) => `assets/${file}`),
  ])
    files.set(name, await readFile(path.join(outDir, name)));
});
afterAll(() => rm(outDir, { recursive: true }));

/** Bytes on the wire of the files whose names end so. Fonts are compressed as they are. */
function wireBytes(ends: RegExp, compress: (bytes: Buffer) => Buffer): number {
  const found = [...files].filter(([name]) => ends.test(name));
  expect(found.length).toBeGreaterThan(0);
  return found.reduce(
    (sum, [name, bytes]) => sum + (name.endsWith(".woff2") ? bytes : compress(bytes)).length,
    0,
  );
}

test("all that the first load takes is at most 100 KB, compressed either way", () => {
  for (const compress of [brotliCompressSync, gzipSync] as const)
    expect(wireBytes(/./, compress)).toBeLessThanOrEqual(100 * KIB);
});

test("each part keeps to its share", () => {
  expect(wireBytes(/\.(html|css|svg)$/, brotliCompressSync)).toBeLessThanOrEqual(25 * KIB);
  expect(wireBytes(/\.js$/, brotliCompressSync)).toBeLessThanOrEqual(35 * KIB);
  expect(wireBytes(/\.woff2$/, brotliCompressSync)).toBeLessThanOrEqual(35 * KIB);
});

test("the HTML holds no script and no style of its own, and names nothing remote", () => {
  const html = files.get("index.html")?.toString() ?? "";
  expect(html).toContain('<script type="module" src="/assets/');
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|https?:\/\//);
});

test("all but the HTML is named by its content, so that it may be kept for ever", () => {
  for (const name of files.keys())
    if (name !== "index.html") expect(name).toMatch(/-[A-Z0-9]{8}\.\w+$/);
});

test("the API's documentation is whole and names nothing remote", async () => {
  const html = await readFile(path.join(outDir, "docs/index.html"), "utf8");
  const named = [...html.matchAll(/(?:src|href)="([^"/][^":]*)"/g)].map(([, name = ""]) => name);
  expect(named).toEqual(["swagger-ui.css", "docs.css", "swagger-ui-bundle.js", "open-docs.js"]);
  for (const name of named)
    expect((await readFile(path.join(outDir, "docs", name))).length).toBeGreaterThan(0);
});
