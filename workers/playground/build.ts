/// <reference types="node" />
import { build, type Metafile } from "esbuild";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { dropUnusedCalls } from "./build/drop-unused-calls.ts";
import { landPath } from "./build/land-path.ts";
import { writeDocs } from "./build/write-docs.ts";
import { MAP_HEIGHT, MAP_WIDTH } from "./map-projection.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
/** Browsers since May 2024: the style sheet's light-dark() needs no less. */
const TARGET = ["chrome123", "firefox120", "safari17.5"];

/**
 * Writes the page into a folder: index.html, its hashed script, style and font under assets/, and docs/.
 * @param outDir is made where missing; files of other names are left alone
 */
export async function buildPage(outDir: string): Promise<void> {
  await mkdir(outDir, { recursive: true });
  const { metafile } = await build({
    entryPoints: {
      page: path.join(HERE, "main.tsx"),
      style: path.join(HERE, "style/page.css"),
      mark: path.join(HERE, "mark.svg"),
    },
    outdir: path.join(outDir, "assets"),
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    bundle: true,
    minify: true,
    format: "esm",
    target: TARGET,
    jsx: "automatic",
    jsxImportSource: "preact",
    loader: { ".woff2": "file", ".svg": "copy" },
    plugins: [dropUnusedCalls],
    legalComments: "linked",
    metafile: true,
    logLevel: "error",
  });
  const names = Object.keys(metafile.outputs).map((name) => `/assets/${path.basename(name)}`);
  const html = fill(await readFile(path.join(HERE, "index.html"), "utf8"), {
    SCRIPT: entryOf(metafile, "main.tsx"),
    STYLE: entryOf(metafile, "page.css"),
    MARK: nameOf(names, /mark-\w+\.svg$/),
    FONT: nameOf(names, /\.woff2$/),
    LAND: landPath(),
    WIDTH: String(MAP_WIDTH),
    HEIGHT: String(MAP_HEIGHT),
  });
  await writeFile(path.join(outDir, "index.html"), html);
  await writeDocs(path.join(outDir, "docs"));
}

function entryOf({ outputs }: Metafile, source: string): string {
  const found = Object.entries(outputs).find(([, { entryPoint }]) =>
    entryPoint?.endsWith(`/${source}`),
  );
  if (found === undefined) throw new Error(`${source} was not built`);
  return `/assets/${path.basename(found[0])}`;
}

function nameOf(names: readonly string[], pattern: RegExp): string {
  const found = names.find((name) => pattern.test(name));
  if (found === undefined) throw new Error(`nothing like ${pattern.source} was built`);
  return found;
}

/** Fills %NAME% everywhere. @throws where a name is left over */
function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/%([A-Z]+)%/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`index.html asks for %${name}%`);
    return value;
  });
}

if (import.meta.main) {
  const [outDir] = process.argv.slice(2);
  if (outDir === undefined) throw new Error("usage: node workers/playground/build.ts OUTDIR");
  await buildPage(outDir);
}
