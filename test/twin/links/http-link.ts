import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Readable } from "node:stream";
import type { Random } from "../../../shared/std/random.ts";
import { DelayLine } from "./delay-line.ts";
import { NO_FAULT, type Fault } from "./fault.ts";
import { ReorderGate } from "./reorder-gate.ts";

export interface LinkOptions {
  readonly name: string;
  /** Where requests go; asked for each, since a process may come back elsewhere. */
  readonly target: () => string;
  readonly rttMs: number;
  /** Share of a one-way trip that it may take longer, at random. */
  readonly jitterShare: number;
  readonly bytesPerMs: number;
  /** Round trips that a new connection costs before its first request: TCP and TLS. */
  readonly setupRtts: number;
  readonly random: Random;
}

/** Longer than any client keeps an idle connection: who closes first must not be the one who is asked. */
const KEEP_ALIVE_MS = 600_000;
const SOCKETS_MAX = 256;
/** A reply's headers, about. */
const HEADER_BYTES = 200;

/** One request on its way. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The request's body, from its beginning. */
  readonly body: Readable;
  /** The whole of it, where a fault depends on it. */
  readonly text: Buffer | null;
  readonly setupMs: number;
}

/** An HTTP/1.1 relay that makes distance, and faults on demand: one a joint and direction of call. */
export class HttpLink {
  readonly #options: LinkOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX });
  readonly #server: Server;
  readonly #greeted = new WeakSet<Socket>();
  readonly #sockets = new Set<Socket>();
  readonly #gate: ReorderGate;
  #fault = NO_FAULT;
  #requests = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#gate = new ReorderGate(options.random);
    this.#server = createServer((request, response) => this.#take(request, response));
    this.#server.on("connection", (socket) => this.#connect(socket));
    this.#server.keepAliveTimeout = KEEP_ALIVE_MS;
  }

  get name(): string {
    return this.#options.name;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get rttMs(): number {
    return this.#options.rttMs;
  }

  /** Requests taken since the start. */
  get requests(): number {
    return this.#requests;
  }

  get fault(): Fault {
    return this.#fault;
  }

  set fault(next: Fault) {
    this.#fault = next;
    if (next.mode === "cut" && next.only === undefined)
      for (const socket of this.#sockets) socket.resetAndDestroy();
    if (next.reorderWindow === 0) this.#gate.open();
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, "127.0.0.1", resolve);
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#agent.destroy();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #connect(socket: Socket): void {
    if (this.#fault.mode === "cut" && this.#fault.only === undefined) {
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    this.#requests += 1;
    const setupMs = this.#greeted.has(request.socket) ? 0 : this.#options.setupRtts * this.rttMs;
    this.#greeted.add(request.socket);
    if (this.#fault.only === undefined)
      return this.#pass({ request, response, body: request, text: null, setupMs });
    const chunks: Buffer[] = [];
    request.on("data", (bytes: Buffer) => chunks.push(bytes));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      this.#pass({ request, response, body: Readable.from([body]), text: body, setupMs });
    });
  }

  #pass(exchange: Exchange): void {
    const { request, response } = exchange;
    const fault = this.#faultOf(exchange);
    switch (fault.mode) {
      case "cut":
        request.socket.destroy();
        return;
      case "hang":
        request.resume();
        return;
      case "fail503":
        response.writeHead(503).end();
        return;
      case "half":
      case "up":
        this.#gate.pass(fault.reorderWindow, () => {
          if (fault.duplicate) this.#relay(exchange, null);
          this.#relay(exchange, response);
        });
    }
  }

  /** What is wrong for an exchange now. One whose body was not looked at came before a fault of some bodies. */
  #faultOf({ text }: Exchange): Fault {
    const { only } = this.#fault;
    return only === undefined || text?.includes(only) === true ? this.#fault : NO_FAULT;
  }

  /** @param response null: the answer is read and thrown away */
  #relay(exchange: Exchange, response: ServerResponse | null): void {
    const { request, body, setupMs } = exchange;
    const there = new DelayLine((bytes) => this.#oneWayMs(exchange, bytes));
    const target = new URL(request.url ?? "/", this.#options.target());
    const upstream = httpRequest(target, {
      method: request.method,
      headers: request.headers,
      agent: this.#agent,
      setHost: false,
    });
    upstream.setNoDelay(true);
    upstream.on("error", () => there.send(0, 0, () => response?.destroy()));
    upstream.on("response", (answer) => {
      if (response === null) answer.resume();
      else this.#relayAnswer(exchange, answer, response);
    });
    body.on("data", (bytes: Buffer) =>
      there.send(bytes.length, setupMs, () => upstream.write(bytes)),
    );
    body.on("end", () => there.send(0, setupMs, () => upstream.end()));
    response?.on("close", () => {
      if (!response.writableEnded) upstream.destroy();
    });
  }

  #relayAnswer(exchange: Exchange, answer: IncomingMessage, response: ServerResponse): void {
    const back = new DelayLine((bytes) => this.#oneWayMs(exchange, bytes));
    const half = this.#faultOf(exchange).mode === "half";
    let lost = false;
    // On a link that hangs, also what is already under way never arrives.
    const arrive = (bytes: number, deliver: () => void) =>
      back.send(bytes, 0, () => {
        if (this.#faultOf(exchange).mode === "hang") lost = true;
        else deliver();
      });
    arrive(HEADER_BYTES, () =>
      response.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders(),
    );
    answer.on("data", (bytes: Buffer) => half || arrive(bytes.length, () => response.write(bytes)));
    // Its end is with the last byte: where that has arrived, the connection goes on to the next request.
    answer.on("end", () => half || back.send(0, 0, () => lost || response.end()));
    answer.on("error", () => arrive(0, () => response.destroy()));
  }

  #oneWayMs(exchange: Exchange, bytes: number): number {
    const { jitterShare, random, bytesPerMs } = this.#options;
    return (
      (this.rttMs / 2) * (1 + jitterShare * random()) +
      this.#faultOf(exchange).extraDelayMs / 2 +
      bytes / bytesPerMs
    );
  }
}

export async function openLink(options: LinkOptions): Promise<HttpLink> {
  const link = new HttpLink(options);
  await link.open();
  return link;
}
