import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** `npm run test:full`: what also needs redis-server, Chromium or Milvus, where a missing tool fails its test; and stories that take long. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    include: ["{shared,workers,lambdas,gpu-embedder,test}/**/*.full.test.ts"],
    reporters: ["default", "./test/line-reporter.ts"],
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
