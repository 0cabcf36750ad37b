import type { Check, Finding, History } from "./check.ts";
import { ackedKept } from "./checks/acked-kept.ts";
import { boundedHonest } from "./checks/bounded-honest.ts";
import { cacheEqual } from "./checks/cache-equal.ts";
import { converged } from "./checks/converged.ts";
import { linearizable } from "./checks/linearizable.ts";
import { logOrder } from "./checks/log-order.ts";
import { monotonicReads } from "./checks/monotonic-reads.ts";
import { notVacuous } from "./checks/not-vacuous.ts";
import { once } from "./checks/once.ts";
import { partialSaysSo } from "./checks/partial-says-so.ts";
import { readYourWrites } from "./checks/read-your-writes.ts";
import { servedHonest } from "./checks/served-honest.ts";
import { strong } from "./checks/strong.ts";
import { tenantClosed } from "./checks/tenant-closed.ts";

export const CHECKS: readonly Check[] = [
  ackedKept,
  once,
  logOrder,
  servedHonest,
  readYourWrites,
  monotonicReads,
  boundedHonest,
  strong,
  linearizable,
  cacheEqual,
  partialSaysSo,
  tenantClosed,
  converged,
  notVacuous,
];

/** Of one check: the first ones tell, the rest are mostly the same. */
const FINDINGS_MAX = 3;

export interface Verdict {
  /** By check: how much it found. */
  readonly checks: Readonly<Record<string, number>>;
  /** The first ones of each check. */
  readonly findings: readonly Finding[];
}

/** All checks of a history. */
export function checkHistory(history: History): Verdict {
  const found = CHECKS.map(({ name, find }) => ({ name, findings: find(history) }));
  return {
    checks: Object.fromEntries(found.map(({ name, findings }) => [name, findings.length])),
    findings: found.flatMap(({ findings }) => findings.slice(0, FINDINGS_MAX)),
  };
}
