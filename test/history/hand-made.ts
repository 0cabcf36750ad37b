import type { LogEntry } from "../../shared/contracts/log-entry.ts";
import { nextChain, originPoint } from "../../shared/domain/point.ts";
import { toUnitVector } from "../../shared/domain/vector.ts";
import { required } from "../../shared/std/assert.ts";
import { encodeVector, sha256Hex } from "../../shared/std/bytes.ts";
import { vectorOf } from "../flows/vectors.ts";
import type { History } from "./check.ts";
import type { Operation } from "./operation.ts";
import { Truth, type TruthEntry } from "./truth.ts";

export const INCARNATION = "aaaaaaaaaaaa";
const TENANT = "t";
const COLLECTION = "c";

/** A log of these entries, as the append script makes it. */
export function lineOf(entries: readonly LogEntry[]): TruthEntry[] {
  let { position, chain } = originPoint(INCARNATION, 1);
  return entries.map((entry) => {
    const json = JSON.stringify(entry);
    const digest = sha256Hex(json);
    position += 1;
    chain = nextChain(chain, digest);
    return { position, term: 1, chain, digest, json };
  });
}

export function put(
  id: string,
  value: number,
  more: { group?: number; ifPosition?: number } = {},
): LogEntry {
  const { group = 0, ...rest } = more;
  const vector = encodeVector(
    required(toUnitVector(Float32Array.from(vectorOf(value))), "a length"),
  );
  return {
    v: 1,
    kind: "put",
    id,
    metadata: { w: value, g: group },
    passages: [{ vectors: { v: vector } }],
    createdBy: "k",
    ...rest,
  };
}

export function remove(id: string): LogEntry {
  return { v: 1, kind: "delete", id, createdBy: "k" };
}

export function historyOf(
  entries: readonly LogEntry[],
  operations: readonly Partial<Operation>[],
  more: Partial<History> = {},
): History {
  const line = lineOf(entries);
  return {
    operations: operations.map((one, op) => operationOf({ op, ...one }, line)),
    truths: new Map([[`${TENANT}/${COLLECTION}`, new Truth(INCARNATION, line)]]),
    finals: [],
    sightings: {},
    wanted: [],
    ...more,
  };
}

/** The token of a position of a line. */
export function tokenAt(line: readonly TruthEntry[], position: number): string {
  const chain = line[position - 1]?.chain ?? originPoint(INCARNATION, 1).chain;
  return `${INCARNATION}.1.${position}.${chain.slice(0, 8)}`;
}

function operationOf(given: Partial<Operation>, line: readonly TruthEntry[]): Operation {
  const { kind = "get", op = 0, servedPosition = null, position = null } = given;
  const at = servedPosition ?? position;
  const writes = kind === "put" || kind === "patch" || kind.startsWith("delete");
  return {
    op,
    client: 0,
    sessionId: "s",
    tenant: TENANT,
    location: "iad",
    kind,
    collection: COLLECTION,
    id: "a",
    value: null,
    group: null,
    ifPosition: null,
    idempotencyKey: writes ? `key ${op}` : null,
    level: writes ? null : "bounded",
    maxStalenessMs: writes ? null : 5_000,
    query: null,
    k: null,
    deadlineMs: 1_000,
    token: null,
    invoke: 10 * op,
    complete: 10 * op + 5,
    outcome: "ok",
    status: 200,
    code: null,
    repeated: writes ? false : null,
    served: at === null ? null : tokenAt(line, at),
    stalenessMs: null,
    region: "us-east-1",
    tier: kind === "retrieve" ? "region" : null,
    coverage: kind === "retrieve" ? { shards: 1, answered: 1, missing: [] } : null,
    hits: [],
    ...given,
    position,
    servedPosition,
  };
}
