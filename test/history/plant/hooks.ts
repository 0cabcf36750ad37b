/**
 * Loaded by `--import` into every process of a twin in which a bug is planted: some modules are others there. The product has no
 * switch for any of it.
 */
import { registerHooks } from "node:module";

/** By the importing module: which of its imports is another. */
const OTHERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "/lambdas/compose-applying.ts": {
    "./adapters/upstash-log.ts": "./planted-region.ts",
    "./adapters/open-store.ts": "./planted-region.ts",
    "./adapters/upstash-watch-list.ts": "./planted-region.ts",
    "./compose-blobs.ts": "./planted-region.ts",
  },
  "/test/twin/launch.ts": { "./bundle.ts": "./planted-bundle.ts" },
};

registerHooks({
  resolve(specifier, context, nextResolve) {
    const importer = Object.keys(OTHERS).find((name) => context.parentURL?.endsWith(name));
    const other = importer === undefined ? undefined : OTHERS[importer]?.[specifier];
    if (other === undefined) return nextResolve(specifier, context);
    return nextResolve(new URL(other, import.meta.url).href, context);
  },
});
