import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** `npm test`: what needs nothing but npm packages, in less than ten minutes on two cores with the installation. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    include: ["{shared,workers,lambdas,gpu-embedder,test}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/*.{full,long}.test.ts"],
    reporters: ["default", "./test/line-reporter.ts"],
    maxWorkers: 1, // A twin is fifteen processes: two at once on two cores measure each other.
    testTimeout: 30_000,
    hookTimeout: 240_000,
  },
});
