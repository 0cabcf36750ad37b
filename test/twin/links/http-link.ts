import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
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

export interface Link {
  readonly name: string;
  readonly url: string;
  readonly rttMs: number;
  fault(): Fault;
  setFault(fault: Fault): void;
  /** Requests taken since the start. */
  requests(): number;
  close(): Promise<void>;
}

/** Longer than any client keeps an idle connection: who closes first must not be the one who is asked. */
const KEEP_ALIVE_MS = 600_000;

/** An HTTP/1.1 relay that makes distance, and faults on demand: one a joint and direction of call. */
export async function createLink(options: LinkOptions): Promise<Link> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const known = new WeakSet<Socket>();
  const sockets = new Set<Socket>();
  const gate = new ReorderGate(options.random);
  let fault = NO_FAULT;
  let requests = 0;
  const oneWayMs = (bytes: number) =>
    (options.rttMs / 2) * (1 + options.jitterShare * options.random()) +
    fault.extraDelayMs / 2 +
    bytes / options.bytesPerMs;

  const server = createServer((request, response) => {
    requests += 1;
    const setupMs = known.has(request.socket) ? 0 : options.setupRtts * options.rttMs;
    known.add(request.socket);
    if (fault.mode === "cut") return void request.socket.destroy();
    if (fault.mode === "hang") return void request.resume();
    if (fault.mode === "fail503") return void response.writeHead(503).end();
    gate.pass(fault.reorderWindow, () => {
      if (fault.duplicate) relay(request, null, setupMs);
      relay(request, response, setupMs);
    });
  });
  server.on("connection", (socket) => {
    if (fault.mode === "cut") return void socket.destroy();
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;

  /** On a link that hangs, also what is already under way never arrives. */
  function arrives(deliver: () => void): void {
    if (fault.mode !== "hang") deliver();
  }

  /** @param response null: the answer is read and thrown away */
  function relay(request: IncomingMessage, response: ServerResponse | null, setupMs: number): void {
    const [there, back] = [new DelayLine(oneWayMs), new DelayLine(oneWayMs)];
    const target = new URL(request.url ?? "/", options.target());
    const upstream = httpRequest(target, {
      method: request.method,
      headers: request.headers,
      agent,
      setHost: false,
    });
    upstream.setNoDelay(true);
    const lost = () => response?.destroy();
    upstream.on("error", () => there.send(0, 0, lost));
    upstream.on("response", (answer) => {
      if (response === null) return void answer.resume();
      const { mode } = fault;
      back.send(200, 0, () =>
        response.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders(),
      );
      if (mode === "half") return void answer.resume();
      answer.on("data", (bytes: Buffer) =>
        back.send(bytes.length, 0, () => arrives(() => response.write(bytes))),
      );
      answer.on("end", () => back.send(0, 0, () => arrives(() => response.end())));
      answer.on("error", () => back.send(0, 0, lost));
    });
    request.on("data", (bytes: Buffer) =>
      there.send(bytes.length, setupMs, () => upstream.write(bytes)),
    );
    request.on("end", () => there.send(0, setupMs, () => upstream.end()));
    response?.on("close", () => {
      if (!response.writableEnded) upstream.destroy();
    });
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    name: options.name,
    url: `http://127.0.0.1:${port}`,
    rttMs: options.rttMs,
    fault: () => fault,
    setFault(next) {
      fault = next;
      if (next.mode === "cut") for (const socket of sockets) socket.resetAndDestroy();
      if (next.reorderWindow === 0) gate.open();
    },
    requests: () => requests,
    async close() {
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
