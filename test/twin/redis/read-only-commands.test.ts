import { createRedisCommandExecutor } from "js-redis-server/core";
import { expect, test } from "vitest";
import { isReadOnly, readOnlyNames } from "./read-only-commands.ts";

const executor = createRedisCommandExecutor();

test("no command on the list is a write of the engine's", () => {
  const known = readOnlyNames().flatMap((name) => executor.getCommandDefinition(name) ?? []);
  expect(known.length).toBeGreaterThan(60);
  expect(known.filter(({ flags }) => flags.includes("write")).map(({ name }) => name)).toEqual([]);
});

test("what is not known to be read-only is journalled", () => {
  for (const name of [
    "set",
    "EVAL",
    "EVALSHA",
    "EVAL_RO",
    "SCRIPT",
    "CONFIG",
    "SOMETHINGNEW",
    "",
  ]) {
    expect(isReadOnly(name)).toBe(false);
  }
  expect(isReadOnly("hmget")).toBe(true);
});
