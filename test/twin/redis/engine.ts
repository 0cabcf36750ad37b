/** An error that Redis itself answered, such as `ERR syntax error` or `NOSCRIPT ...`. */
export class RedisError extends Error {
  override readonly name = "RedisError";
}

/** The engine can't be reached, or did not answer in time: whether the command was applied is unknown. */
export class EngineDown extends Error {
  override readonly name = "EngineDown";
}

/** A reply as RESP 2 has it. Status and bulk strings are both bytes; an error stands where it occurred. */
export type Reply = Buffer | number | null | RedisError | readonly Reply[];

/** A command's name and arguments, as bytes. Never empty. */
export type Command = readonly Buffer[];

/** A push frame of a subscription: kind, channel or pattern, payload or count. */
export type PushFrame = readonly (Buffer | number)[];

/** What the Upstash front needs of a Redis: one of a real binary, or js-redis-server with a journal. */
export interface RedisEngine {
  /** For people: `redis-server 7.0.15`, `js-redis-server 0.3.0 + journal`. */
  readonly name: string;
  /** The process that holds the data; the front's own for the JS engine. Changes when it is restarted. */
  pid(): number;
  /** Whether scripts may start with a `#!lua` line. */
  readonly knowsShebang: boolean;
  /**
   * Runs commands in the order of the calls; each is applied at most once.
   * @returns the reply; a {@link RedisError} is returned, not thrown
   * @throws EngineDown when it can't be reached or is too slow
   */
  run(command: Command): Promise<Reply>;
  /** Runs all of them with nothing in between, as MULTI and EXEC do. @returns one reply each, or one RedisError for all */
  transaction(commands: readonly Command[]): Promise<RedisError | readonly Reply[]>;
  /** Resolves once subscribed; `onFrame` sees the confirmation too. Ends when the signal aborts. */
  subscribe(
    kind: "subscribe" | "psubscribe",
    names: readonly string[],
    onFrame: (frame: PushFrame) => void,
    onEnd: () => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Everything acknowledged is on disk when it resolves. */
  stop(): Promise<void>;
}
