import { App } from "aws-cdk-lib";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import {
  buildLanceDbLayer,
  bundleFunctions,
  lancedbVersion,
  nativePackage,
  type StoreKind,
} from "./bundle.ts";
import type { RegionFile } from "./region-file.ts";
import { RegionStack, type RegionCode } from "./region-stack.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Of the functions; npm puts here what it fetches for an architecture that is not this machine's. */
const ARCHITECTURE = "arm64";
const NATIVE_ROOT = path.join(ROOT, ".nearfield/native");

export interface Synthesis {
  readonly stacks: readonly string[];
  /** Folder of each function, by kind of store. */
  readonly code: ReadonlyMap<StoreKind, RegionCode>;
  /** What would have to be there to deploy, and is not; null if all is. */
  readonly missing: string | null;
}

/**
 * Bundles the functions and writes one CloudFormation template a region, and the assets, without account or network.
 * @param workDir for bundles and layer
 * @param outDir CDK's cloud assembly
 */
export async function synthesise(
  file: RegionFile,
  workDir: string,
  outDir: string,
): Promise<Synthesis> {
  const kinds = [...new Set(file.regions.map(({ store }) => store.kind))];
  const native = findNative();
  const code = new Map<StoreKind, RegionCode>();
  for (const kind of kinds) {
    const folders = await bundleFunctions(path.join(workDir, kind), kind);
    const layer = kind === "lancedb" ? path.join(workDir, "lancedb-layer") : null;
    if (layer !== null) await buildLanceDbLayer(layer, native);
    code.set(kind, { folders, layer });
  }
  const app = new App({ outdir: outDir, analyticsReporting: false });
  const stacks = file.regions.map((region) => {
    const of = code.get(region.store.kind);
    if (of === undefined) throw new Error(`${region.name} has a store that was not bundled`);
    const id = `nearfield-${region.name}`;
    return new RegionStack(app, id, file, region, of, { env: { region: region.name } });
  });
  app.synth();
  return {
    stacks: stacks.map(({ stackName }) => stackName),
    code,
    missing: kinds.includes("lancedb") && native === null ? fetchNative() : null,
  };
}

/** npm installs the native part of this machine only; another architecture's is fetched by the command below. */
function findNative(): { name: string; folder: string } | null {
  const name = nativePackage(ARCHITECTURE);
  const folder = [NATIVE_ROOT, ROOT]
    .map((root) => path.join(root, "node_modules", name))
    .find(existsSync);
  return folder === undefined ? null : { name, folder };
}

function fetchNative(): string {
  return (
    "the layer lacks LanceDB's native part; before a deployment run: " +
    `npm install --prefix ${path.relative(ROOT, NATIVE_ROOT)} --no-save --force --os linux --cpu ${ARCHITECTURE} ${nativePackage(ARCHITECTURE)}@${lancedbVersion()}`
  );
}
