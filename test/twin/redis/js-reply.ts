import type { RedisResult } from "js-redis-server/core";
import { RedisError, type Reply } from "./engine.ts";

type RedisValue = RedisResult["value"];

/** A value of js-redis-server as RESP 2 would carry it: maps are flat lists, doubles and booleans are texts and integers. */
export function replyOf(value: RedisValue): Reply {
  switch (value.kind) {
    case "simple-string":
      return Buffer.from(value.value);
    case "bulk-string":
    case "verbatim":
      return value.value;
    case "integer":
      return Number(value.value);
    case "double":
      return Buffer.from(textOf(value.value));
    case "boolean":
      return value.value ? 1 : 0;
    case "big-number":
      return Buffer.from(value.value.toString());
    case "array":
    case "set":
      return value.items.map(replyOf);
    case "map":
    case "flat-pairs":
      return value.entries.flatMap(([key, item]) => [replyOf(key), replyOf(item)]);
    case "map-pairs":
      return value.entries.map(([key, item]) => [replyOf(key), replyOf(item)]);
    case "push":
      return [Buffer.from(value.name), ...value.items.map(replyOf)];
    case "null":
    case "null-array":
      return null;
    case "error":
      return new RedisError(
        value.code === undefined ? value.message : `${value.code} ${value.message}`,
      );
  }
}

function textOf(double: number): string {
  if (Number.isNaN(double)) return "nan";
  if (!Number.isFinite(double)) return double > 0 ? "inf" : "-inf";
  return double.toString();
}
