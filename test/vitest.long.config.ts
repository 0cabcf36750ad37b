import { mergeConfig } from "vitest/config";
import full from "./vitest.full.config.ts";

/** For files that are named: what takes too long for every change, and all that `npm run test:full` has. */
export default mergeConfig(full, {
  test: { include: ["{shared,workers,lambdas,gpu-embedder,test}/**/*.long.test.ts"] },
});
