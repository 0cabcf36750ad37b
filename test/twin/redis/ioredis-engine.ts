import { Command as IoCommand, Redis } from "ioredis";
import {
  EngineDown,
  RedisError,
  type Command,
  type PushFrame,
  type RedisEngine,
  type Reply,
} from "./engine.ts";

/** Above this an engine counts as hung: the caller gets 503, and does not know whether its command was applied. */
const COMMAND_TIMEOUT_MS = 5_000;

// ioredis makes an object of a HGETALL even inside EXEC; the REST protocol has flat lists.
IoCommand.setReplyTransformer("hgetall", (reply: unknown) => reply);

/** A Redis binary over its unix socket. */
export class IoredisEngine implements RedisEngine {
  readonly name: string;
  readonly knowsShebang = true;
  readonly #pid: () => number;
  readonly #redis: Redis;
  readonly #stopProcess: () => Promise<void>;

  constructor(
    name: string,
    socketPath: string,
    pid: () => number,
    stopProcess: () => Promise<void>,
    log: (line: string) => void,
  ) {
    this.name = name;
    this.#pid = pid;
    this.#stopProcess = stopProcess;
    // No queue, no resend, no retry: a command is refused or sent once, and never applied twice.
    this.#redis = new Redis({
      path: socketPath,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_TIMEOUT_MS,
      retryStrategy: () => 50,
    });
    this.#redis.on("error", (error: Error) => log(`connection to the engine: ${error.message}`));
  }

  pid(): number {
    return this.#pid();
  }

  /** Resolves when the engine has answered a first PING. @throws EngineDown after `timeoutMs` */
  async ready(timeoutMs: number): Promise<void> {
    if (this.#redis.status === "ready") return;
    const signal = AbortSignal.timeout(timeoutMs);
    await new Promise<void>((resolve, reject) => {
      this.#redis.once("ready", resolve);
      signal.addEventListener(
        "abort",
        () => reject(new EngineDown("the engine did not become ready")),
        { once: true },
      );
    });
  }

  async run(command: Command): Promise<Reply> {
    const [name, ...args] = command;
    try {
      return asReply(await this.#redis.callBuffer(name?.toString() ?? "", ...args));
    } catch (error) {
      return asRedisError(error);
    }
  }

  async transaction(commands: readonly Command[]): Promise<RedisError | readonly Reply[]> {
    // Written in one go to one connection, so no other caller's command comes between.
    const sent = [
      this.run([Buffer.from("MULTI")]),
      ...commands.map((command) => this.run(command)),
      this.run([Buffer.from("EXEC")]),
    ];
    const replies = await Promise.all(sent);
    const last = replies.at(-1);
    if (last instanceof RedisError) return last;
    return Array.isArray(last) ? last : new RedisError("EXECABORT Transaction discarded");
  }

  async subscribe(
    kind: "subscribe" | "psubscribe",
    names: readonly string[],
    onFrame: (frame: PushFrame) => void,
    onEnd: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    // Subscribing right after connecting needs the queue that commands must not have.
    const subscriber = this.#redis.duplicate({
      enableOfflineQueue: true,
      maxRetriesPerRequest: 1,
      retryStrategy: () => null,
    });
    subscriber.on("error", () => undefined); // The end that follows is what the caller hears of.
    subscriber.on("end", onEnd);
    signal.addEventListener("abort", () => subscriber.disconnect(), { once: true });
    subscriber.on("messageBuffer", (channel: Buffer, payload: Buffer) =>
      onFrame([Buffer.from("message"), channel, payload]),
    );
    subscriber.on("pmessageBuffer", (pattern: string | Buffer, channel: Buffer, payload: Buffer) =>
      onFrame([Buffer.from("pmessage"), Buffer.from(pattern), channel, payload]),
    );
    try {
      for (const [index, name] of names.entries()) {
        await subscriber[kind](name);
        onFrame([Buffer.from(kind), Buffer.from(name), index + 1]);
      }
    } catch (cause) {
      subscriber.disconnect();
      throw new EngineDown("could not subscribe", { cause });
    }
  }

  async stop(): Promise<void> {
    this.#redis.disconnect();
    await this.#stopProcess();
  }
}

/** What ioredis gives with buffers on: errors inside lists are Error objects, and integers numbers. */
function asReply(value: unknown): Reply {
  if (value === null || value === undefined) return null;
  if (typeof value === "number" || Buffer.isBuffer(value)) return value;
  if (typeof value === "string") return Buffer.from(value);
  if (Array.isArray(value)) return value.map(asReply);
  if (value instanceof Error) return new RedisError(value.message);
  throw new EngineDown(`an unexpected kind of reply: ${typeof value}`);
}

function asRedisError(error: unknown): RedisError {
  if (error instanceof Error && error.name === "ReplyError") return new RedisError(error.message);
  throw new EngineDown("the engine does not answer", { cause: error });
}
