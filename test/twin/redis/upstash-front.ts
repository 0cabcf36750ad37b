import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { equalInConstantTime } from "../../../shared/std/bytes.ts";
import {
  EngineDown,
  RedisError,
  type Command,
  type PushFrame,
  type RedisEngine,
  type Reply,
} from "./engine.ts";
import { LuaScripts } from "./lua-scripts.ts";
import {
  BadRequest,
  commandOf,
  commandOfPath,
  commandsOf,
  decodeWord,
  parseJson,
} from "./rest-command.ts";
import { restAnswer } from "./rest-reply.ts";
import { refusal } from "./served-commands.ts";

/** Upstash takes 1 MiB a request. */
const BODY_BYTES_MAX = 1_048_576;
const BODY_TIMEOUT_MS = 30_000;
const SUBSCRIPTIONS_MAX = 1_000;

export interface UpstashFrontOptions {
  readonly engine: RedisEngine;
  /** The bearer token that callers must show. */
  readonly token: string;
  readonly log: (line: string) => void;
}

/** The Upstash REST protocol in front of an engine. The caller listens on it and closes it. */
export function createUpstashFront(options: UpstashFrontOptions): Server {
  const front = new Front(options);
  const server = createServer((request, response) => void front.serve(request, response));
  server.requestTimeout = BODY_TIMEOUT_MS;
  return server;
}

class Front {
  readonly #options: UpstashFrontOptions;
  readonly #scripts: LuaScripts;
  #subscriptions = 0;
  #syncToken = 0;

  constructor(options: UpstashFrontOptions) {
    this.#options = options;
    this.#scripts = new LuaScripts(options.engine.knowsShebang);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? "/", "http://front");
      if (!this.#isAuthorised(request, url)) {
        send(response, 401, { error: "WRONGPASS invalid or missing auth token" });
        return;
      }
      const body = await readBody(request);
      if (body === null) {
        response.setHeader("connection", "close");
        send(response, 413, {
          error: `ERR max request size exceeded. Limit: ${BODY_BYTES_MAX} bytes`,
        });
        return;
      }
      await this.#route(url, body, request, response);
    } catch (error) {
      this.#fail(error, response);
    }
  }

  async #route(
    url: URL,
    body: Buffer,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const base64 = request.headers["upstash-encoding"] === "base64";
    const [first, ...names] = url.pathname.split("/").filter((part) => part !== "");
    const word = first?.toLowerCase();
    if (word === "subscribe" || word === "psubscribe") {
      await this.#subscribe(word, names.map(decodeWord), response);
      return;
    }
    response.setHeader("upstash-sync-token", `twin:${++this.#syncToken}`);
    if (word === "pipeline") {
      const replies = await Promise.all(
        commandsOf(parseJson(body)).map((command) => this.#run(command)),
      );
      send(
        response,
        200,
        replies.map((reply) => restAnswer(reply, base64)),
      );
    } else if (word === "multi-exec") {
      const replies = await this.#transaction(commandsOf(parseJson(body)));
      if (replies instanceof RedisError) send(response, 400, { error: replies.message });
      else
        send(
          response,
          200,
          replies.map((reply) => restAnswer(reply, base64)),
        );
    } else {
      const reply = await this.#run(
        word === undefined ? commandOf(parseJson(body)) : commandOfPath(url, body),
      );
      send(response, reply instanceof RedisError ? 400 : 200, restAnswer(reply, base64));
    }
  }

  async #run(command: Command): Promise<Reply> {
    const refused = refusal(command);
    if (refused !== null) return refused;
    return this.#scripts.translateReply(
      command,
      await this.#options.engine.run(this.#scripts.translate(command)),
    );
  }

  async #transaction(commands: readonly Command[]): Promise<RedisError | readonly Reply[]> {
    const refused = commands.map(refusal).find((error) => error !== null);
    if (refused !== undefined) return refused;
    const replies = await this.#options.engine.transaction(
      commands.map((command) => this.#scripts.translate(command)),
    );
    if (replies instanceof RedisError) return replies;
    return replies.map((reply, index) =>
      this.#scripts.translateReply(commands[index] ?? [], reply),
    );
  }

  async #subscribe(
    kind: "subscribe" | "psubscribe",
    names: readonly string[],
    response: ServerResponse,
  ): Promise<void> {
    if (names.length === 0)
      throw new BadRequest(`ERR wrong number of arguments for '${kind}' command`);
    if (this.#subscriptions >= SUBSCRIPTIONS_MAX) throw new EngineDown("too many subscriptions");
    this.#subscriptions += 1;
    const closed = new AbortController();
    response.once("close", () => {
      this.#subscriptions -= 1;
      closed.abort();
    });
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    response.flushHeaders();
    const onFrame = (frame: PushFrame): void =>
      void response.write(`data: ${frame.map(String).join(",")}\n\n`);
    try {
      await this.#options.engine.subscribe(
        kind,
        names,
        onFrame,
        () => response.end(),
        closed.signal,
      );
    } catch (error) {
      // The headers are out: all that is left to say is that the stream is over.
      this.#options.log(`a subscription failed: ${String(error)}`);
      response.destroy();
    }
  }

  #isAuthorised(request: IncomingMessage, url: URL): boolean {
    const header = request.headers.authorization ?? "";
    const shown = header.startsWith("Bearer ")
      ? header.slice(7)
      : (url.searchParams.get("_token") ?? "");
    return equalInConstantTime(shown, this.#options.token);
  }

  #fail(error: unknown, response: ServerResponse): void {
    if (response.headersSent) response.destroy();
    else if (error instanceof BadRequest) send(response, 400, { error: error.message });
    else if (error instanceof EngineDown) send(response, 503, { error: `ERR ${error.message}` });
    else if (error instanceof BodyCut) response.destroy();
    else {
      this.#options.log(
        `a request failed: ${error instanceof Error ? error.stack : String(error)}`,
      );
      send(response, 500, { error: "ERR internal error" });
    }
  }
}

/** The caller went away before its request was whole. */
class BodyCut extends Error {}

/** The request's body; null if it is too long. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length;
      if (bytes > BODY_BYTES_MAX) return null;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw new BodyCut("the request was cut", { cause });
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}
