import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { ShardKeyRequest, ShardMap } from "../../shared/contracts/shard-map.ts";
import { readField, type FieldType } from "../../shared/domain/field-value.ts";
import { compareValues } from "../../shared/domain/shard-map.ts";
import { assert } from "../../shared/std/assert.ts";

const SHARDS = 4;

/**
 * The shard map that a caller asks for, with dates as ms.
 * @throws Problem `invalid-request`: the field is not declared or of another type, bounds not ascending or not as many as fit
 */
export function settleShardMap(
  version: number,
  asked: { readonly shards?: number | undefined; readonly shardKey: ShardKeyRequest },
  fields: CollectionRecord["fields"],
): ShardMap {
  const key = settleKey(asked.shardKey, fields);
  if (key.by !== "range") return { version, shards: asked.shards ?? SHARDS, key };
  const shards = key.bounds.length + 1;
  if (asked.shards !== undefined && asked.shards !== shards)
    throw refused("/shards", `${key.bounds.length} bounds make ${shards} shards`);
  return { version, shards, key };
}

function settleKey(asked: ShardKeyRequest, fields: CollectionRecord["fields"]): ShardMap["key"] {
  if (asked.by === "id") return asked;
  const type = Object.hasOwn(fields, asked.field) ? fields[asked.field] : undefined;
  const fitting = asked.by === "tag" ? ["string"] : ["number", "date", "string"];
  if (type === undefined || !fitting.includes(type)) {
    const found = type === undefined ? "no such field" : `it as ${type}`;
    const message = `a ${asked.by} needs a field of type ${fitting.join(" or ")}; the collection declares ${found}`;
    throw refused("/shardKey/field", message);
  }
  if (asked.by === "tag") return asked;
  const bounds = asked.bounds.map((bound, i) => {
    const reading = readField({ bound: asWritten(bound, type) }, "bound", type);
    if (reading.kind !== "value")
      throw refused(
        `/shardKey/bounds/${i}`,
        reading.kind === "wrong" ? reading.message : "missing",
      );
    const { value } = reading;
    assert(typeof value === "string" || typeof value === "number", "as the field's type says");
    return value;
  });
  for (const [i, bound] of bounds.entries()) {
    const before = bounds[i - 1];
    if (before !== undefined && compareValues(before, bound) >= 0)
      throw refused(`/shardKey/bounds/${i}`, "bounds ascend");
  }
  return { ...asked, bounds };
}

/** A date may also come as ms since 1970. */
function asWritten(bound: number | string, type: FieldType): number | string {
  if (type !== "date" || typeof bound !== "number") return bound;
  const date = new Date(bound);
  return Number.isNaN(date.getTime()) ? bound : date.toISOString();
}

function refused(pointer: string, message: string): Problem {
  return new Problem("invalid-request", "Mend the shards.", { errors: [{ pointer, message }] });
}
