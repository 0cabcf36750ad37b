import { RedisError, type Command } from "./engine.ts";

/** Commands about a connection: the REST protocol has none, and one connection is shared by all callers. */
const CONNECTION_COMMANDS: ReadonlySet<string> = new Set(
  `AUTH CLIENT DISCARD EXEC FAILOVER FCALL FCALL_RO FUNCTION HELLO MIGRATE MONITOR MULTI PSUBSCRIBE PSYNC PUNSUBSCRIBE
  QUIT READONLY READWRITE REPLICAOF RESET SELECT SHUTDOWN SLAVEOF SSUBSCRIBE SUBSCRIBE SUNSUBSCRIBE SWAPDB SYNC
  UNSUBSCRIBE UNWATCH WATCH`.split(/\s+/),
);
/** They would hold up every other caller of the shared connection. */
const BLOCKING_COMMANDS: ReadonlySet<string> = new Set(
  "BLMOVE BLMPOP BLPOP BRPOP BRPOPLPUSH BZMPOP BZPOPMAX BZPOPMIN".split(" "),
);

/** Why the REST protocol does not serve a command, or null if it does. */
export function refusal(command: Command): RedisError | null {
  const name = command[0]?.toString().toUpperCase() ?? "";
  const blocks =
    BLOCKING_COMMANDS.has(name) ||
    ((name === "XREAD" || name === "XREADGROUP") &&
      command.some((word) => word.toString().toUpperCase() === "BLOCK"));
  if (!blocks && !CONNECTION_COMMANDS.has(name)) return null;
  return new RedisError(`ERR Command is not available: '${name}'`);
}
