import type { Writable } from "node:stream";
import { Problem } from "../../shared/contracts/problems.ts";
import { AnswerEvent } from "../../shared/contracts/region-event.ts";
import { byName } from "../catalog/by-name.ts";
import { throughAlias } from "../catalog/through-alias.ts";
import { composeAnswer } from "../compose.ts";
import { answer } from "./answer.ts";

/** What Lambda's Node runtime puts into the global scope for functions that stream. */
declare const awslambda: {
  streamifyResponse<H extends (event: unknown, stream: Writable) => Promise<void>>(handler: H): H;
};

const composed = composeAnswer();

/** Lambda entry of written answers: streams one JSON event a line. */
export const handler = awslambda.streamifyResponse(
  async (payload: unknown, stream: Writable): Promise<void> => {
    const event = AnswerEvent.parse(payload);
    const deps = await composed;
    const gone = new AbortController();
    stream.once("close", () => gone.abort(new Error("the reader left")));
    const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(event.deadlineMs)]);
    const write = (line: unknown) => stream.write(`${JSON.stringify(line)}\n`);
    try {
      const { tenant } = deps.admit(event.context, "read");
      await deps.admission.run(event.deadlineMs, async () => {
        const named = { tenant, name: event.collection, freshness: event.freshness };
        await byName(deps, named, signal, async (record, asOf) => {
          const given = asOf === null ? deps : throughAlias(deps, asOf);
          for await (const one of answer(given, record, event, signal)) write(one);
        });
      });
    } catch (error) {
      const problem = error instanceof Problem ? error : deadlineProblem(error, signal);
      write({ event: "error", code: problem.code, hint: problem.hint, requestId: event.requestId });
    }
    stream.end();
  },
);

/** A bug still fails the invocation; a deadline is told to the reader. */
function deadlineProblem(error: unknown, signal: AbortSignal): Problem {
  if (!signal.aborted) throw error;
  return new Problem(
    "deadline-exceeded",
    "The answer was not written in time; what was sent is right but not whole.",
  );
}
