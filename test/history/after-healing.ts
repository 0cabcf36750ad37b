import { LOCATIONS } from "../twin/topology.ts";
import type { Finding } from "./check.ts";
import type { Asked, Operation } from "./operation.ts";
import { Session, type Recorder } from "./session.ts";

/** Values that no workload comes to. */
const VALUES_FROM = 1_000_000_000;

/** Nothing is wrong any more, and nobody has touched anything: every location writes and reads strongly. */
export async function afterHealing(
  recorder: Recorder,
  tenants: readonly string[],
  collection: string,
  opsBefore: number,
): Promise<{ readonly operations: Operation[]; readonly findings: Finding[] }> {
  const operations: Operation[] = [];
  const findings: Finding[] = [];
  for (const [number, { name }] of LOCATIONS.entries()) {
    const session = new Session(`after ${name}`);
    const common = {
      client: number,
      sessionId: session.id,
      tenant: tenants[number % tenants.length] ?? "",
      location: name,
      collection,
      id: `after-${name}`,
      ifPosition: null,
      maxStalenessMs: null,
      query: null,
      k: null,
      deadlineMs: 5_000,
    };
    const op = opsBefore + 2 * number;
    const writes = { value: VALUES_FROM + number, group: 0, idempotencyKey: `after-${name}` };
    const reads = { value: null, group: null, idempotencyKey: null };
    const asked: readonly Asked[] = [
      { ...common, ...writes, op, kind: "put", level: null },
      { ...common, ...reads, op: op + 1, kind: "get", level: "strong" },
    ];
    for (const one of asked) {
      const operation = await session.perform(recorder, one);
      operations.push(operation);
      const what = `${name}: ${one.kind} has ${operation.code ?? "no reply"}`;
      if (operation.outcome !== "ok") findings.push({ check: "healed", what, ops: [one.op] });
    }
  }
  return { operations, findings };
}
