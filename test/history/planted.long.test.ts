import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { CAUGHT_BY } from "../simulate/planted.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
/** One of each kind of place at which bugs are planted: a store, a log, a location. */
const BUGS = ["gap-skipped", "retry-ignores-idempotency-key", "absent-is-present"];

test.each(BUGS)(
  "the planted bug %s is caught in a running twin",
  (bug) => {
    const args = [MAIN, "--ops", "1500", "--seed", "1", "--plant", bug];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    const { checks } = JSON.parse(stdout) as { checks: Record<string, number> };
    expect(checks[CAUGHT_BY[bug] ?? ""], stdout.slice(0, 1_000)).toBeGreaterThan(0);
    expect(status).toBe(1);
  },
  600_000,
);
