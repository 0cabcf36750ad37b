import type { Plugin } from "esbuild";
import { readFile } from "node:fs/promises";

/** They say that their modules do nothing but define: `"sideEffects": false`. */
const PACKAGES = /\/node_modules\/d3-(?:array|geo)\/.*\.m?js$/;
/** What a name at a module's top level is made by: a call, or a member of what has been made so. */
const CALL = /^((?:const|let|var) [\w$]+ = )(?=(?:new )?[\w$]+\()(?!.*\)\.)/gm;
const MEMBER = /^((?:const|let|var) [\w$]+ = )((?!Math\.)[\w$]+(?:\([\w$]*\))?\.[\w$]+);$/gm;

/**
 * Leaves out what a package's one large module makes for names that nobody uses: esbuild keeps such calls, since for all it knows
 * they do more. A fiftieth of the page's script.
 */
export const dropUnusedCalls: Plugin = {
  name: "drop-unused-calls",
  setup({ onLoad }) {
    onLoad({ filter: PACKAGES }, async ({ path }) => ({
      contents: (await readFile(path, "utf8"))
        .replaceAll(CALL, "$1/* @__PURE__ */ ")
        .replaceAll(MEMBER, "$1/* @__PURE__ */ (() => $2)();"),
      loader: "js",
    }));
  },
};
