import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./source-files.ts";

const DOCS = [
  "README.md",
  ...readdirSync(path.join(ROOT, "shared/docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `shared/docs/${name}`),
];
/** A path of the repository in backticks or as a link's target. */
const NAMED =
  /[`(]((?:workers|lambdas|gpu-embedder|shared|test)\/[A-Za-z0-9_./-]+\.(?:ts|tsx|json|md|png|toml|jsonl))[`)#]/g;

test.each(DOCS)("every file that %s names exists", (doc) => {
  const text = readFileSync(path.join(ROOT, doc), "utf8");
  const named = [...text.matchAll(NAMED)].map(([, file]) => file ?? "");
  const linked = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, file]) =>
    path.join(path.dirname(doc), file ?? ""),
  );
  const missing = [...new Set([...named, ...linked])].filter(
    (file) => !existsSync(path.join(ROOT, file)),
  );
  expect(missing).toEqual([]);
});

test("ARCHITECTURE.md names the files of both walks", () => {
  const text = readFileSync(path.join(ROOT, "shared/docs/ARCHITECTURE.md"), "utf8");
  expect([...text.matchAll(NAMED)].length).toBeGreaterThan(30);
});

test("the README's table has every dependency of package.json, and no other", () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
    readFileSync(path.join(ROOT, "package.json"), "utf8"),
  );
  const readme = readFileSync(path.join(ROOT, "README.md"), "utf8");
  const table = readme.slice(readme.indexOf("## Dependencies"));
  const rows = [...table.matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell]) =>
    [...(cell ?? "").matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ""),
  );
  expect(rows.toSorted()).toEqual(
    Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }).toSorted(),
  );
});

test("versions are exact", () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
    readFileSync(path.join(ROOT, "package.json"), "utf8"),
  );
  const loose = Object.entries({
    ...dependencies,
    ...devDependencies,
    ...optionalDependencies,
  }).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(String(version)));
  expect(loose).toEqual([]);
});
