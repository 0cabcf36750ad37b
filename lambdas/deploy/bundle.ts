import { build, type Plugin } from "esbuild";
import { cp, mkdir, rm } from "node:fs/promises";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { FUNCTION_NAMES, type FunctionName } from "./function-names.ts";

export type StoreKind = "lancedb" | "milvus";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MODULES = path.join(ROOT, "node_modules");
/** Packages that a LanceDB region's layer carries: LanceDB is native code, and shares Arrow's classes with our adapter. */
const LAYER_PACKAGES = ["@lancedb/lancedb", "apache-arrow"];

/** Packages in a bundle still ask for `require` and for their own folder, which a module does not have. */
const BANNER = `import { createRequire as requireOf } from "node:module";
import { fileURLToPath as pathOf } from "node:url";
const require = requireOf(import.meta.url);
const __filename = pathOf(import.meta.url);
const __dirname = pathOf(new URL(".", import.meta.url));`;

/**
 * Bundles each function into a folder of its own with one file, index.mjs, for regions of one kind of store.
 * @returns the folder of each function
 */
export async function bundleFunctions(
  outDir: string,
  store: StoreKind,
): Promise<Readonly<Record<FunctionName, string>>> {
  await rm(outDir, { recursive: true, force: true });
  const folders = FUNCTION_NAMES.map((name): [FunctionName, string] => [
    name,
    path.join(outDir, name),
  ]);
  await Promise.all(folders.map(([name, folder]) => bundleFunction(name, folder, store)));
  return Object.fromEntries(folders) as Record<FunctionName, string>;
}

export async function bundleFunction(
  name: FunctionName,
  folder: string,
  store: StoreKind,
): Promise<void> {
  const entry = path.join(ROOT, "lambdas", name, "handler.ts");
  await bundleModule(entry, path.join(folder, "index.mjs"), store);
}

/** Bundles one module of lambdas/ as the functions are. */
export async function bundleModule(
  entry: string,
  outfile: string,
  store: StoreKind,
): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    minify: true,
    banner: { js: BANNER },
    plugins: [onlyStore(store), lancedbFromLayer()],
    logLevel: "error",
  });
}

/** The native part of LanceDB that a function needs, as npm names its package. */
export function nativePackage(architecture: "arm64" | "x64"): string {
  return `@lancedb/lancedb-linux-${architecture}-gnu`;
}

/** Version of LanceDB here: its native part must be of the same. */
export function lancedbVersion(): string {
  return String(readManifest("@lancedb/lancedb").version);
}

/**
 * Writes the layer of LanceDB regions: `nodejs/node_modules`, which Lambda puts on NODE_PATH.
 * @param nativeFolder folder of the native package for the functions' architecture; null leaves it out, for a look at the rest
 */
export async function buildLanceDbLayer(
  outDir: string,
  native: { readonly name: string; readonly folder: string } | null,
): Promise<void> {
  const target = path.join(outDir, "nodejs/node_modules");
  await rm(outDir, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  for (const name of withDependencies(LAYER_PACKAGES))
    await cp(path.join(MODULES, name), path.join(target, name), {
      recursive: true,
      filter: (file) => !/\.(map|d\.c?ts)$/.test(file),
    });
  if (native !== null) await cp(native.folder, path.join(target, native.name), { recursive: true });
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** These packages and all that they depend on, found where npm hoisted them. */
function withDependencies(names: readonly string[]): string[] {
  const found = new Set<string>();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    waiting.push(
      ...Object.keys(readManifest(name).dependencies ?? {}).filter(
        (dependency) => !dependency.startsWith("@types/"),
      ),
    );
  }
  return [...found].sort();
}

function readManifest(name: string): Manifest {
  return JSON.parse(readFileSync(path.join(MODULES, name, "package.json"), "utf8")) as Manifest;
}

/** Leaves the other store's adapter, and with it its SDK, out: compose.ts loads one of them by the environment. */
function onlyStore(kept: StoreKind): Plugin {
  return {
    name: "only-store",
    setup(build) {
      build.onResolve({ filter: /\/(lancedb|milvus)-store\.ts$/ }, ({ path: asked }) =>
        asked.endsWith(`/${kept}-store.ts`) ? null : { path: asked, namespace: "left-out" },
      );
      build.onLoad({ filter: /.*/, namespace: "left-out" }, () => ({
        contents: `throw new Error("This function was bundled for regions on ${kept}.");`,
      }));
    },
  };
}

/** LanceDB by `require`: NODE_PATH, and so a layer, holds for `require` only, not for `import`. */
function lancedbFromLayer(): Plugin {
  return {
    name: "lancedb-from-layer",
    setup(build) {
      build.onResolve({ filter: /^@lancedb\/lancedb$/ }, ({ namespace, path: asked }) =>
        namespace === "from-layer"
          ? { path: asked, external: true }
          : { path: asked, namespace: "from-layer" },
      );
      build.onLoad({ filter: /.*/, namespace: "from-layer" }, ({ path: asked }) => ({
        contents: `module.exports = require(${JSON.stringify(asked)});`,
      }));
    },
  };
}
