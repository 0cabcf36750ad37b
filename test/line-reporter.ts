import type { TestModule } from "vitest/node";

/** Prints `N passed, N failed` alone on the last line; a file that could not be imported counts as one failure. */
export default class LineReporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let [passed, failed, skipped] = [0, errors.length, 0];
    for (const module of modules) {
      if (module.state() === "failed" && module.children.size === 0) failed++;
      // A hook that failed skips its tests, and would otherwise count as nothing.
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") passed++;
        else if (state === "failed") failed++;
        else skipped++;
      }
    }
    process.stdout.write(
      `\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
    );
  }
}
