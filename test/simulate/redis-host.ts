import { assert } from "../../shared/std/assert.ts";
import type { Random } from "../../shared/std/random.ts";
import { RedisError, type Command, type Reply } from "../twin/redis/engine.ts";
import type { JsRedis } from "../twin/redis/js-redis.ts";
import { commandOf, commandsOf } from "../twin/redis/rest-command.ts";
import { restAnswer } from "../twin/redis/rest-reply.ts";
import { Life } from "./life.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** The simulated world begins here, ms since 1970. */
export const EPOCH_MS = 1_750_000_000_000;

/** One engine's commands at a time, of all engines: each sets the clock that it reads. */
export class EngineTurns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

export interface RedisHostDeps {
  readonly name: string;
  readonly place: string;
  readonly engine: JsRedis;
  readonly turns: EngineTurns;
  readonly time: VirtualTime;
  readonly random: Random;
}

/** A Redis of the simulated world behind Upstash's REST protocol: the twin's engine, with the world's time as its own. */
export class RedisHost {
  readonly name: string;
  readonly place: string;
  readonly #deps: RedisHostDeps;
  #life: Life | null = new Life();
  /** What its clock shows more than the world's. */
  #skewMs = 0;
  #runs = 0;
  #keys: readonly Command[] = [];

  constructor(deps: RedisHostDeps) {
    this.name = deps.name;
    this.place = deps.place;
    this.#deps = deps;
  }

  readonly arrive = (): { readonly life: Life; readonly host: RedisHost } | null =>
    this.#life === null ? null : { life: this.#life, host: this };

  get wallMs(): number {
    return EPOCH_MS + this.#deps.time.nowMs + this.#skewMs;
  }

  /** An empty engine, but for what every Redis of this place has. */
  async begin(keys: readonly (readonly string[])[]): Promise<void> {
    this.#keys = keys.map(commandOf);
    await this.#run();
    await this.empty();
  }

  /** All that it held is gone. */
  async empty(): Promise<void> {
    await this.#execute([Buffer.from("FLUSHALL")]);
    for (const command of this.#keys) await this.#execute(command);
  }

  /** Ends, and begins another run after a while with what it held. */
  restart(awayMs: number): void {
    const { time, name } = this.#deps;
    this.#life?.end();
    this.#life = null;
    time.after(awayMs, `${name} is back`, () => {
      this.#life = new Life();
      void this.#run();
    });
  }

  /** @param byMs may be negative */
  moveClock(byMs: number): void {
    this.#skewMs += byMs;
  }

  /** A request of the REST protocol. @returns status and body */
  async serve(path: string, body: string): Promise<{ status: number; text: string }> {
    const json: unknown = JSON.parse(body);
    if (path === "/pipeline") {
      const replies: Reply[] = [];
      for (const command of commandsOf(json)) replies.push(await this.#execute(command));
      return { status: 200, text: JSON.stringify(replies.map((reply) => restAnswer(reply, true))) };
    }
    assert(path === "" || path === "/", `no client asks for ${path}`);
    const reply = await this.#execute(commandOf(json));
    const status = reply instanceof RedisError ? 400 : 200;
    return { status, text: JSON.stringify(restAnswer(reply, true)) };
  }

  #execute(command: Command): Promise<Reply> {
    const { engine, turns, random } = this.#deps;
    const seed = Math.floor(random() * 4_294_967_296);
    return turns.take(() => engine.execute(command, this.wallMs, seed));
  }

  #run(): Promise<void> {
    this.#runs += 1;
    const runId = `${this.name}-${this.#runs}`.padEnd(40, "0").slice(0, 40);
    const { engine, turns } = this.#deps;
    return turns.take(() => engine.replay({ kind: "run", runId, timeMs: this.wallMs }));
  }
}
