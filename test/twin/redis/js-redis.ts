import { serialize, deserialize } from "node:v8";
import { createHash } from "node:crypto";
import {
  ClientSession,
  createRedisCommandExecutor,
  RedisResult,
  RedisServerState,
} from "js-redis-server/core";
import type { RedisDatabase } from "js-redis-server/core";
import { RedisError, type Command, type Reply } from "./engine.ts";
import { withTime, withTimeAndChance } from "./frozen-time.ts";
import { indexedRanges } from "./indexed-ranges.ts";
import type { JournalRecord } from "./journal-record.ts";
import { replyOf } from "./js-reply.ts";
import { readLive } from "./live-reads.ts";

/** Scripts of one collection are a dozen; a caller that builds script texts should not fill memory or snapshots. */
const SCRIPTS_MAX = 1_000;

/**
 * The data of js-redis-server and its commands, with time and chance given from outside: the same commands at the same
 * times with the same seeds give the same data. Nothing here touches a disk.
 */
export class JsRedis {
  readonly #state = new RedisServerState({ databaseCount: 1, activeExpiryIntervalMs: false });
  readonly #session: ClientSession;
  readonly #database: RedisDatabase;
  readonly #scripts = new Map<string, Buffer>();
  #runId = "";

  private constructor() {
    // INFO lacks what the log's scripts compare: which run of the engine answers. Its journal is its append-only file.
    const describeRun: Parameters<typeof createRedisCommandExecutor>[0] = {
      policies: [
        indexedRanges,
        {
          name: "describe-run",
          afterExecute: (plan, _context, result) =>
            plan.definition.name === "info" ? withRun(result, this.#runId) : result,
        },
      ],
    };
    this.#session = new ClientSession({
      server: this.#state,
      executor: createRedisCommandExecutor(describeRun),
    });
    this.#database = this.#state.getDatabase(0);
    readLive(this.#database);
  }

  static async create(): Promise<JsRedis> {
    const redis = new JsRedis();
    // Loaded here, since a command that waits for a file would run on after its time was given back.
    await redis.#state.getLuaRuntime();
    return redis;
  }

  /** Runs one command at `timeMs` since 1970, the engine's TIME, with chance from `seed`. Never rejects for a bad command. */
  async execute(command: Command, timeMs: number, seed: number): Promise<Reply> {
    const [name, ...args] = command;
    if (name === undefined) return new RedisError("ERR empty command");
    this.#rememberScript(command);
    return await withTimeAndChance(timeMs, seed, async () => {
      try {
        const result = await this.#session.execute(name, args);
        return "value" in result
          ? replyOf(result.value)
          : new RedisError("ERR this command answers with a stream");
      } catch (error) {
        // A command that the engine chokes on is in the journal already: its replay must go on behind it.
        return new RedisError(`ERR ${error instanceof Error ? error.message : String(error)}`);
      }
    });
  }

  /** Applies a journal's record, at start. */
  async replay(record: JournalRecord): Promise<void> {
    switch (record.kind) {
      case "commands":
        for (const command of record.commands)
          await this.execute(command, record.timeMs, record.seed);
        return;
      case "value":
        this.#database.set(
          record.key,
          deserialize(record.data),
          record.expiresAtMs > 0 ? { expiresAt: record.expiresAtMs } : {},
        );
        return;
      case "script":
        this.#state.scriptCache.load(record.script);
        this.#scripts.set(sha1(record.script), record.script);
        return;
      case "run":
        this.#runId = record.runId;
        return;
    }
  }

  /** Records from which `replay` makes the same data, at the engine's time `timeMs`. */
  *snapshot(timeMs: number): Generator<JournalRecord> {
    this.sweep(timeMs);
    for (const script of this.#scripts.values()) yield { kind: "script", script };
    for (const entry of withTime(timeMs, () => this.#database.entriesSnapshot())) {
      yield {
        kind: "value",
        key: entry.key,
        expiresAtMs: entry.expiresAt ?? 0,
        data: serialize(entry.value),
      };
    }
    yield { kind: "run", runId: this.#runId, timeMs };
  }

  /** Frees what has expired by `timeMs`; no command sees a difference. */
  sweep(timeMs: number): void {
    this.#state.sweepExpired(timeMs);
  }

  /** Calls back for each message published to a channel or pattern. @returns how to end it */
  listen(
    kind: "subscribe" | "psubscribe",
    name: string,
    onMessage: (channel: Buffer, payload: Buffer) => void,
  ): () => void {
    const broker = this.#state.pubsubBroker;
    return broker[kind](Buffer.from(name), (message) =>
      onMessage(message.channel, message.message),
    );
  }

  close(): void {
    this.#session.close();
    this.#state.close();
  }

  /** The engine's script cache can't be listed, so a snapshot needs its own list. */
  #rememberScript(command: Command): void {
    const name = command[0]?.toString().toUpperCase();
    const subcommand = name === "SCRIPT" ? command[1]?.toString().toUpperCase() : undefined;
    if (subcommand === "FLUSH") this.#scripts.clear();
    const isEval = name === "EVAL" || name === "EVAL_RO";
    const script = isEval ? command[1] : subcommand === "LOAD" ? command[2] : undefined;
    if (script === undefined) return;
    const oldest = this.#scripts.keys().next();
    if (this.#scripts.size >= SCRIPTS_MAX && oldest.done !== true)
      this.#scripts.delete(oldest.value);
    this.#scripts.set(sha1(script), script);
  }
}

/** INFO with the run id in its section `Server`, and the journal in its section `Persistence`. */
function withRun(result: RedisResult, runId: string): RedisResult {
  if (result.value.kind !== "bulk-string" || result.value.value === null) return result;
  const text = result.value.value
    .toString()
    .replace("tcp_port:", `run_id:${runId}\r\ntcp_port:`)
    .replace("aof_enabled:0", "aof_enabled:1");
  return RedisResult.create({ kind: "bulk-string", value: Buffer.from(text) });
}

function sha1(bytes: Buffer): string {
  return createHash("sha1").update(bytes).digest("hex");
}
