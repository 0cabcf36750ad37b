import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** What it imports: paths from the root where relative, else package names; each once. */
  readonly imports: readonly string[];
}

const IMPORT =
  /(?:^|[\s;])(?:import|export)\s[^"';]*?from\s*["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)|^import\s*["']([^"']+)["']/gm;

/** Every source file of the product. @throws if it sees none: a check that sees nothing must fail */
export function sourceFiles(): SourceFile[] {
  const paths = globSync("{workers,lambdas,gpu-embedder,shared,test}/**/*.{ts,tsx}", {
    cwd: ROOT,
    exclude: (name) => name.includes("node_modules"),
  });
  const files = paths
    .filter((file) => !file.endsWith(".d.ts"))
    .map((file) => sourceFile(file, readFileSync(path.join(ROOT, file), "utf8")));
  if (files.length < 100) throw new Error(`only ${files.length} source files were found`);
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

export function sourceFile(file: string, text: string): SourceFile {
  const found = [...text.matchAll(IMPORT)].map(
    ([, from, dynamic, bare]) => from ?? dynamic ?? bare ?? "",
  );
  const resolved = found.map((name) =>
    name.startsWith(".") ? path.posix.join(path.posix.dirname(file), name) : name,
  );
  return { path: file, text, imports: [...new Set(resolved)] };
}
