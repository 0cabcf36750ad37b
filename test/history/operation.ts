import { z } from "zod";
import { Coverage, Tier } from "../../shared/contracts/retrieve.ts";

export const KINDS = ["put", "patch", "delete", "delete-found", "retrieve", "get", "list"] as const;

/** What is asked. Every write of a document has a value that no other ever had, so that each read names the write that it saw. */
const asked = {
  op: z.int().min(0),
  client: z.int().min(0),
  sessionId: z.string(),
  tenant: z.string(),
  location: z.string(),
  kind: z.enum(KINDS),
  collection: z.string(),
  /** Of one document; null where a filter or a query finds them. */
  id: z.string().nullable(),
  /** A write that is repeated has the value of its first try. */
  value: z.int().nullable(),
  /** Of a put: what filters find it by. Of a read or a deletion by filter: what it asks for; null for all. */
  group: z.int().nullable(),
  /** Of a put that counts only for that position of its document. */
  ifPosition: z.int().nullable(),
  idempotencyKey: z.string().nullable(),
  level: z.enum(["eventual", "bounded", "session", "strong"]).nullable(),
  maxStalenessMs: z.int().nullable(),
  /** Number of the query's vector, and how many hits are wanted. */
  query: z.int().nullable(),
  k: z.int().nullable(),
  deadlineMs: z.int(),
};

/** What came back, on one monotonic clock. */
const answered = {
  /** The session's `nearfield-position` as it was sent. */
  token: z.string().nullable(),
  invoke: z.number(),
  complete: z.number(),
  /** `fail`: certainly not done; `info`: not known, a write may appear once, any time later. */
  outcome: z.enum(["ok", "fail", "info"]),
  /** Null where no answer came. */
  status: z.int().nullable(),
  code: z.string().nullable(),
  /** Of a write: of its last entry. */
  position: z.int().nullable(),
  repeated: z.boolean().nullable(),
  /** `nearfield-position` as it came back. */
  served: z.string().nullable(),
  servedPosition: z.int().nullable(),
  stalenessMs: z.int().nullable(),
  region: z.string().nullable(),
  tier: Tier.nullable(),
  coverage: Coverage.nullable(),
  hits: z.array(
    z.strictObject({
      id: z.string(),
      value: z.int().nullable(),
      group: z.int().nullable(),
      /** As the answer tells it; null where it does not. */
      position: z.int().nullable(),
    }),
  ),
};

export const Asked = z.strictObject(asked);
export type Asked = z.output<typeof Asked>;

/** One operation of a history, as one line of NDJSON. */
export const Operation = z.strictObject({ ...asked, ...answered });
export type Operation = z.output<typeof Operation>;

export function isWrite({ kind }: Pick<Asked, "kind">): boolean {
  return kind === "put" || kind === "patch" || kind === "delete" || kind === "delete-found";
}

/** Reads that were answered: what they show is to be right. */
export function isAnswered(operation: Operation): boolean {
  return operation.outcome === "ok" && !isWrite(operation);
}

/** Names a collection apart from those of other tenants. */
export function collectionOf({ tenant, collection }: Pick<Asked, "tenant" | "collection">): string {
  return `${tenant}/${collection}`;
}

/** A history as NDJSON. @throws ZodError with the offence of the first line that is none */
export function readOperations(ndjson: string): Operation[] {
  return ndjson
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Operation.parse(JSON.parse(line)));
}

export function writeOperations(operations: readonly Operation[]): string {
  return operations.map((operation) => `${JSON.stringify(operation)}\n`).join("");
}
