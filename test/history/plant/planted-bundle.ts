/** What `test/twin/launch.ts` bundles: the Worker with the bug that NEARFIELD_PLANT names. */
import type { Plugin } from "esbuild";
import { fileURLToPath } from "node:url";
import { bundleEdge as bundleWhole } from "../../twin/bundle.ts";

const plant: Plugin = {
  name: "plant",
  setup(build) {
    const bug = JSON.stringify(process.env["NEARFIELD_PLANT"] ?? "");
    build.initialOptions.define = { NEARFIELD_PLANTED: bug };
    build.onResolve({ filter: /^\.\/compose\.ts$/ }, ({ importer }) =>
      importer.endsWith("/workers/main.ts")
        ? { path: fileURLToPath(new URL("./planted-edge.ts", import.meta.url)) }
        : null,
    );
  },
};

export function bundleEdge(outDir: string) {
  return bundleWhole(outDir, [plant]);
}
