import { streamSSE } from "hono/streaming";
import type { Caller } from "../../shared/contracts/caller.ts";
import { Problem, PROBLEMS, type ProblemCode } from "../../shared/contracts/problems.ts";
import type { RagEvent, RagReply } from "../../shared/contracts/rag.ts";
import { RagRequest } from "../../shared/contracts/retrieve.ts";
import { RegionRagEvent } from "../../shared/contracts/region-rag.ts";
import { parseJson } from "../door/read-body.ts";
import { answerQuery } from "../cache/answer-query.ts";
import type { Edge } from "../edge.ts";
import { callRegions } from "../routing/call-regions.ts";
import {
  admitted,
  envelope,
  inCallersWords,
  jsonBody,
  positionToken,
  POSITION_HEADER,
  wantedFreshness,
  type EdgeContext,
} from "./request.ts";
import { answerHeaders } from "./retrieve.ts";

/** Kept back from the region's time, so that its last word still arrives. */
const REPLY_MS = 50;

type Sources = Extract<RegionRagEvent, { event: "sources" }>;

interface Opened {
  readonly kind: "opened";
  readonly sources: Sources;
  readonly rest: AsyncIterator<string>;
  /** Ends the region's work, also while it is waited for. */
  readonly stop: () => void;
}

/** POST /v1/rag: the sources, then the answer that cites them, streamed from the region as it is made. */
export async function ragRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const caller = await admitted(edge, context, "read");
  const request = await jsonBody(context, RagRequest);
  const opened = await openStream(edge, context, caller, request);
  const { served } = opened.sources;
  const headers = answerHeaders(served.incarnation, served.point);
  const events = toEvents(edge, caller, opened, context.get("requestId"));
  if (!request.stream)
    return Response.json(await collect(events, edge, context.get("requestId")), { headers });
  context.header(POSITION_HEADER, headers[POSITION_HEADER]);
  context.header("cache-control", "private, no-store");
  return streamSSE(context, async (stream) => {
    stream.onAbort(opened.stop);
    for await (const { event, ...data } of events)
      await stream.writeSSE({ event, data: JSON.stringify(data) });
  });
}

/** A region's stream, read up to its first event: until then another region may take over, and failures are documents. */
async function openStream(
  edge: Edge,
  context: EdgeContext,
  caller: Caller,
  request: RagRequest,
): Promise<Opened> {
  const { stream: _, ...query } = request;
  const { consistency, maxStalenessMs, deadlineMs } = query;
  const freshness = wantedFreshness(
    consistency,
    maxStalenessMs,
    positionToken(context)?.text ?? null,
  );
  const leftMs = () => deadlineMs - (edge.nowMs() - context.get("startMs"));
  return callRegions<Opened>(edge.router, leftMs(), async (functions, { signal }) => {
    const sentMs = edge.nowMs();
    // Another region may take over until the first event; from then on the answer has all the time that is left.
    const reading = new AbortController();
    const giveUp = () => reading.abort(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    const whole = AbortSignal.any([reading.signal, AbortSignal.timeout(Math.max(1, leftMs()))]);
    const event = {
      op: "answer" as const,
      ...envelope(edge, context, caller, leftMs() - REPLY_MS),
      ...answerQuery(query),
      coverage: query.coverage,
      freshness,
      known: null,
    };
    const rest = (await functions.answer(event, whole))[Symbol.asyncIterator]();
    const first = await rest.next();
    signal.removeEventListener("abort", giveUp);
    if (first.done === true) throw new Error(`${functions.region} streamed nothing`);
    const read = RegionRagEvent.parse(parseJson(first.value));
    if (read.event === "error")
      return {
        kind: "problem",
        problem: { code: problemCode(read.code), hint: read.hint, errors: [] },
      };
    if (read.event !== "sources")
      throw new Error(`${functions.region} began an answer with ${read.event}`);
    edge.clocks.keep(read.served.incarnation, read.served.now, sentMs);
    return {
      kind: "opened",
      sources: read,
      rest,
      stop: () => reading.abort(new Error("the reader left")),
    };
  }).catch(inCallersWords(request.query !== undefined));
}

/** The region's events as the caller gets them. A stream that breaks off ends with `error`, never with `done`. */
async function* toEvents(
  edge: Edge,
  caller: Caller,
  { sources, rest }: Opened,
  requestId: string,
): AsyncGenerator<RagEvent> {
  const { served: _, sources: hits, ...labels } = sources;
  yield {
    ...labels,
    sources: hits.map((hit) => edge.mediaPaths.signHit(caller.tenant, hit)),
    location: edge.here.name,
  };
  let ended = false;
  try {
    for (let line = await rest.next(); line.done !== true; line = await rest.next()) {
      const event = RegionRagEvent.parse(parseJson(line.value));
      if (event.event === "sources") continue;
      yield event;
      ended = event.event === "done" || event.event === "error";
    }
  } catch {
    // Said below: what matters to the reader is that the answer is not whole.
  }
  if (!ended)
    yield {
      event: "error",
      code: "region-unavailable",
      hint: "The answer broke off; what came is right but not whole.",
      requestId,
    };
}

async function collect(
  events: AsyncIterable<RagEvent>,
  edge: Edge,
  requestId: string,
): Promise<RagReply> {
  const texts: string[] = [];
  const citations: RagReply["citations"] = [];
  let sources: Extract<RagEvent, { event: "sources" }> | null = null;
  for await (const event of events) {
    if (event.event === "sources") sources = event;
    if (event.event === "text") texts.push(event.text);
    if (event.event === "citation")
      citations.push({ source: event.source, id: event.id, span: event.span });
    if (event.event === "error") throw new Problem(problemCode(event.code), event.hint);
  }
  if (sources === null) throw new Problem("region-unavailable", "The answer broke off.");
  const { generator, region, servedPosition, stalenessMs, coverage, rerank, exact } = sources;
  return {
    answer: texts.join("\n"),
    citations,
    sources: sources.sources,
    generator,
    region,
    location: edge.here.name,
    servedPosition,
    stalenessMs,
    coverage,
    ...(rerank === undefined ? {} : { rerank }),
    ...(exact === undefined ? {} : { exact }),
    requestId,
  };
}

function problemCode(code: string): ProblemCode {
  return Object.hasOwn(PROBLEMS, code) ? (code as ProblemCode) : "internal-error";
}
