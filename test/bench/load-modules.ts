/** `node load-modules.ts require|import NAME...`: prints as `{ms}` how long loading these packages or files takes. */
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const [how, ...names] = process.argv.slice(2);
if (names.length === 0) throw new Error("name what is to be loaded");

const startMs = performance.now();
for (const name of names) {
  if (how === "require") require(name);
  else await import(path.isAbsolute(name) ? pathToFileURL(name).href : name);
}
process.stdout.write(JSON.stringify({ ms: performance.now() - startMs }));
// What a package keeps open must not keep this process, but its exit has to write the compile cache.
process.exit(0);
