import { request as httpRequest, type Agent } from "node:http";
import { setImmediate as turn, setTimeout as delay } from "node:timers/promises";
import { percentile } from "../../shared/std/percentile.ts";

export interface HttpCall {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface OpenLoop {
  /** Arrivals a second, whatever the answers do. */
  readonly rate: number;
  readonly seconds: number;
  readonly agent: Agent;
  /** The next call, counted from 0. */
  readonly call: (index: number) => HttpCall;
}

export interface OpenLoopResult {
  readonly sent: number;
  /** Failures, other statuses than 200, and arrivals that found too many under way. */
  readonly errors: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Under way at once; what arrives beyond is an error, as a full server's refusal would be. */
const UNDER_WAY_MAX = 2_000;
const CALL_MS_MAX = 10_000;

/**
 * Sends at a fixed rate by the clock, and counts each latency from the moment at which the call was due: a server that
 * stalls can't hide the calls that would have come meanwhile.
 * @returns latencies in ms, of the calls that were answered with 200
 */
export async function sendOpenLoop({
  rate,
  seconds,
  agent,
  call,
}: OpenLoop): Promise<OpenLoopResult> {
  const total = Math.round(rate * seconds);
  const latencies: number[] = [];
  const waiting = new Set<Promise<void>>();
  let errors = 0;
  const startMs = performance.now();
  for (let index = 0; index < total; index++) {
    const dueMs = startMs + (index * 1_000) / rate;
    const earlyMs = dueMs - performance.now();
    // Timers are no finer than a millisecond; below that the loop just turns.
    if (earlyMs > 1.5) await delay(earlyMs - 1);
    while (performance.now() < dueMs) await turn();
    if (waiting.size >= UNDER_WAY_MAX) {
      errors += 1;
      continue;
    }
    const answered = send(agent, call(index)).then(
      ({ status }) => {
        if (status === 200) latencies.push(performance.now() - dueMs);
        else errors += 1;
      },
      () => {
        errors += 1;
      },
    );
    waiting.add(answered);
    void answered.finally(() => waiting.delete(answered));
  }
  await Promise.all(waiting);
  if (latencies.length === 0) throw new Error(`none of ${total} calls was answered with 200`);
  const at = (p: number) => percentile(latencies, p);
  return { sent: total, errors, p50: at(50), p95: at(95), p99: at(99), max: at(100) };
}

/** One call over a kept connection; the body is read to its end. */
export function send(
  agent: Agent,
  { url, method, headers, body }: HttpCall,
  callMsMax = CALL_MS_MAX,
): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const options = {
      agent,
      method,
      headers: { ...headers, "content-length": Buffer.byteLength(body) },
      signal: AbortSignal.timeout(callMsMax),
    };
    const sent = httpRequest(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }),
      );
    });
    sent.once("error", reject);
    sent.end(body);
  });
}
