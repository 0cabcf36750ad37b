import { expect, test } from "vitest";
import { offences } from "./rules.ts";
import { sourceFile, sourceFiles } from "./source-files.ts";

test("no file imports against the arrows", () => {
  expect(sourceFiles().flatMap((file) => offences(file))).toEqual([]);
});

test.each([
  ["shared/domain/fusion.ts", 'import { z } from "zod";'],
  ["shared/contracts/limits.ts", 'import { readFile } from "node:fs/promises";'],
  ["shared/std/assert.ts", 'import { LIMITS } from "../contracts/limits.ts";'],
  ["shared/client/transport.ts", 'import { findService } from "../cli/service.ts";'],
  ["shared/cli/evaluate.ts", 'import { wire } from "../../workers/compose.ts";'],
  ["workers/http/retrieve.ts", 'import { search } from "../../lambdas/search/search.ts";'],
  ["workers/http/retrieve.ts", 'import { CacheApi } from "../adapters/cache-api.ts";'],
  ["lambdas/search/retrieve.ts", 'const { connect } = await import("@lancedb/lancedb");'],
  ["lambdas/write/write.ts", 'export { UpstashLog } from "../adapters/upstash-log.ts";'],
  [
    "gpu-embedder/queue/batch-queue.ts",
    'import type { Catalog } from "../../lambdas/catalog/catalog.ts";',
  ],
  ["lambdas/ports/store.ts", 'import type { Applier } from "../replicate/applier.ts";'],
  ["workers/playground/main.tsx", 'import { wire } from "../compose.ts";'],
])("a planted offence in %s is caught", (path, text) => {
  expect(offences(sourceFile(path, text))).toHaveLength(1);
});

test("no folder has a barrel", () => {
  expect(
    sourceFiles()
      .filter(({ path }) => /\/index\.tsx?$/.test(path))
      .map(({ path }) => path),
  ).toEqual([]);
});

test("there are no cycles", () => {
  const files = new Map(sourceFiles().map((file) => [file.path, file]));
  expect(cycles(files)).toEqual([]);
  const planted = new Map([
    ["a.ts", sourceFile("a.ts", 'import { b } from "./b.ts";')],
    ["b.ts", sourceFile("b.ts", 'import { a } from "./a.ts";')],
  ]);
  expect(cycles(planted)).toEqual(["a.ts -> b.ts -> a.ts"]);
});

test("names say what a file is for", () => {
  const vague = /\/(utils?|helpers?|types|common|manager|misc)\.tsx?$/;
  expect(
    sourceFiles()
      .filter(({ path }) => vague.test(path))
      .map(({ path }) => path),
  ).toEqual([]);
});

/** One line for each way back that a depth-first walk finds. */
function cycles(files: ReadonlyMap<string, { readonly imports: readonly string[] }>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (at: string, way: readonly string[]): void => {
    if (way.includes(at)) {
      found.push([...way.slice(way.indexOf(at)), at].join(" -> "));
      return;
    }
    if (done.has(at)) return;
    for (const next of files.get(at)?.imports ?? []) if (files.has(next)) walk(next, [...way, at]);
    done.add(at);
  };
  for (const path of files.keys()) walk(path, []);
  return found;
}
