import { randomBytes } from "node:crypto";
import {
  EngineDown,
  RedisError,
  type Command,
  type PushFrame,
  type RedisEngine,
  type Reply,
} from "./engine.ts";
import { Journal } from "./journal.ts";
import { JsRedis } from "./js-redis.ts";
import { isReadOnly } from "./read-only-commands.ts";

/** Commands that wait; more are refused, since their callers would give up before their turn. */
const WAITING_MAX = 10_000;
/** Commands that share one fdatasync. */
const BATCH_MAX = 256;
/** A journal this long is replaced by a snapshot, unless its data is that long: some 8,000 appends, replayed in seconds. */
const JOURNAL_BYTES_MAX = 16_777_216;
/** More commands than this at a start are replaced by a snapshot, so that no start has to replay them again. */
const REPLAYED_MAX = 1_000;
/** How often expired keys are freed. */
const SWEEP_MS = 1_000;

interface Waiting {
  readonly commands: readonly Command[];
  readonly answer: (replies: readonly Reply[] | Error) => void;
}

export interface JsEngineOptions {
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: (line: string) => void;
  readonly journalBytesMax?: number;
}

/**
 * js-redis-server in this process, made durable. All commands pass one queue. Of each batch the write commands are
 * journalled first, in order, with one fdatasync; then all run in that order, at the time that the journal says.
 * So nothing is answered before it is on the disk, and a journal that can't be written refuses writes with nothing done.
 */
export class JsEngine implements RedisEngine {
  readonly name = "js-redis-server 0.3.0 + journal";
  readonly knowsShebang = false;
  readonly #options: JsEngineOptions;
  readonly #redis: JsRedis;
  readonly #journal: Journal;
  readonly #waiting: Waiting[] = [];
  #working: Promise<void> | null = null;
  #stopped = false;
  #timeMs: number;
  #sweptMs: number;
  #compactAtBytes: number;

  private constructor(options: JsEngineOptions, redis: JsRedis, journal: Journal, timeMs: number) {
    this.#options = options;
    this.#redis = redis;
    this.#journal = journal;
    this.#timeMs = timeMs;
    this.#sweptMs = timeMs;
    this.#compactAtBytes = Math.max(
      options.journalBytesMax ?? JOURNAL_BYTES_MAX,
      2 * journal.bytes,
    );
  }

  static async start(options: JsEngineOptions): Promise<JsEngine> {
    const redis = await JsRedis.create();
    const { journal, start } = await Journal.open(options.folder);
    if (start.bytesCut > 0) {
      options.log(
        `the journal's last ${start.bytesCut} bytes were no whole record and are cut off: writes may be lost`,
      );
    }
    let timeMs = 0;
    let replayed = 0;
    for (const record of start.records) {
      await redis.replay(record);
      if (record.kind === "commands") replayed += 1;
      if (record.kind === "commands" || record.kind === "run") timeMs = record.timeMs;
    }
    // The engine's time never falls: a key that a read found expired must be expired in the replay, too.
    timeMs = Math.max(timeMs, options.wallMs());
    const runId = randomBytes(20).toString("hex");
    await redis.replay({ kind: "run", runId, timeMs });
    const limit = options.journalBytesMax ?? JOURNAL_BYTES_MAX;
    if (journal.bytes > limit || replayed > REPLAYED_MAX)
      await journal.replace(redis.snapshot(timeMs));
    else await journal.append([{ kind: "run", runId, timeMs }]);
    return new JsEngine(options, redis, journal, timeMs);
  }

  pid(): number {
    return process.pid;
  }

  async run(command: Command): Promise<Reply> {
    const [reply] = await this.#enqueue([command]);
    return reply ?? null;
  }

  async transaction(commands: readonly Command[]): Promise<readonly Reply[]> {
    return await this.#enqueue(commands);
  }

  async subscribe(
    kind: "subscribe" | "psubscribe",
    names: readonly string[],
    onFrame: (frame: PushFrame) => void,
    onEnd: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    for (const [index, name] of names.entries()) {
      const pattern = Buffer.from(name);
      const end = this.#redis.listen(kind, name, (channel, payload) =>
        onFrame(
          kind === "subscribe"
            ? [Buffer.from("message"), channel, payload]
            : [Buffer.from("pmessage"), pattern, channel, payload],
        ),
      );
      signal.addEventListener("abort", end, { once: true });
      onFrame([Buffer.from(kind), pattern, index + 1]);
    }
    signal.addEventListener("abort", onEnd, { once: true });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
    await this.#journal.close();
    this.#redis.close();
  }

  #enqueue(commands: readonly Command[]): Promise<readonly Reply[]> {
    if (this.#stopped) return Promise.reject(new EngineDown("the engine is stopping"));
    if (this.#waiting.length >= WAITING_MAX)
      return Promise.reject(new EngineDown("too many commands wait"));
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        commands,
        answer: (replies) => (replies instanceof Error ? reject(replies) : resolve(replies)),
      });
      this.#working ??= this.#work();
    });
  }

  /** Never rejects: each command's fate is told to its caller. */
  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH_MAX);
      try {
        await this.#runBatch(batch);
        await this.#tidy();
      } catch (cause) {
        // Only those not yet answered hear of it.
        for (const { answer } of batch) answer(new EngineDown("the engine failed", { cause }));
        this.#options.log(`the engine failed: ${String(cause)}`);
      }
    }
    this.#working = null;
  }

  async #runBatch(batch: readonly Waiting[]): Promise<void> {
    this.#timeMs = Math.max(this.#timeMs, this.#options.wallMs());
    const timeMs = this.#timeMs;
    const plans = batch.map((waiting) => ({
      ...waiting,
      writes: waiting.commands.some(([name]) => !isReadOnly(name?.toString() ?? "")),
      seed: Math.floor(this.#options.random() * 4_294_967_296),
    }));
    const records = plans.flatMap(({ writes, commands, seed }) =>
      writes ? [{ kind: "commands" as const, timeMs, seed, commands }] : [],
    );
    let refused: RedisError | null = null;
    if (records.length > 0) {
      try {
        await this.#journal.append(records);
      } catch (error) {
        this.#options.log(`the journal can't be written: ${String(error)}`);
        refused = new RedisError(`MISCONF Errors writing to the AOF file: ${String(error)}`);
      }
    }
    for (const { commands, writes, seed, answer } of plans) {
      const replies: Reply[] = [];
      for (const command of commands) {
        replies.push(
          writes && refused !== null ? refused : await this.#redis.execute(command, timeMs, seed),
        );
      }
      answer(replies);
    }
  }

  async #tidy(): Promise<void> {
    if (this.#timeMs - this.#sweptMs >= SWEEP_MS) {
      this.#redis.sweep(this.#timeMs);
      this.#sweptMs = this.#timeMs;
    }
    if (this.#journal.bytes < this.#compactAtBytes) return;
    const limit = this.#options.journalBytesMax ?? JOURNAL_BYTES_MAX;
    this.#compactAtBytes = this.#journal.bytes + limit; // Also where it fails, so that the next batch does not try again.
    await this.#journal.replace(this.#redis.snapshot(this.#timeMs));
    this.#compactAtBytes = Math.max(limit, 2 * this.#journal.bytes);
  }
}
