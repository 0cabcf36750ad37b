/// <reference types="node" />
import { copyFile, mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));
/** Of the package: all that the page of the documentation loads. */
const FILES = [
  "swagger-ui.css",
  "swagger-ui-bundle.js",
  "swagger-ui-bundle.js.LICENSE.txt",
] as const;

/** The API's documentation: swagger-ui from its package, nothing from elsewhere, no script inside the HTML. */
export async function writeDocs(outDir: string): Promise<void> {
  const from = path.dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  await mkdir(outDir, { recursive: true });
  await Promise.all([
    ...FILES.map((name) => copyFile(path.join(from, name), path.join(outDir, name))),
    ...["index.html", "open-docs.js", "docs.css"].map((name) =>
      copyFile(path.join(HERE, "../docs", name), path.join(outDir, name)),
    ),
  ]);
}
