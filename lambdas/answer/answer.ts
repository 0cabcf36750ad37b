import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { AnswerEvent } from "../../shared/contracts/region-event.ts";
import type { RegionRagEvent } from "../../shared/contracts/region-rag.ts";
import { stalenessMs } from "../../shared/domain/log-clock.ts";
import { assert } from "../../shared/std/assert.ts";
import type { Generator } from "../ports/generator.ts";
import { questionOf } from "../search/question.ts";
import { retrieve, type RetrieveDeps } from "../search/retrieve.ts";

export interface AnswerDeps extends RetrieveDeps {
  readonly generator: Generator;
}

/** Retrieves, gives the sources at once, then the answer as the generator writes it. */
export async function* answer(
  deps: AnswerDeps,
  record: CollectionRecord,
  event: AnswerEvent,
  signal: AbortSignal,
): AsyncGenerator<RegionRagEvent> {
  const found = await retrieve(deps, record, { ...event, known: null }, signal);
  assert(found.kind === "answer", "nothing known was named, so an answer was computed");
  const { served, hits, coverage, rerank, exact } = found;
  yield {
    event: "sources",
    sources: hits,
    generator: deps.generator.name,
    region: served.region,
    servedPosition: served.point.position,
    stalenessMs: stalenessMs(served.confirmed, served.now),
    coverage,
    ...(rerank === undefined ? {} : { rerank }),
    ...(exact === undefined ? {} : { exact }),
    requestId: event.requestId,
    served,
  };
  const question = questionOf(event.queries);
  const sources = hits.map(({ id, passage, title }) => ({
    id,
    text: passage?.text ?? title ?? "",
    ...(title === undefined || passage === undefined ? {} : { title }),
  }));
  for await (const generated of deps.generator.generate(question, sources, signal)) {
    switch (generated.kind) {
      case "text":
        yield { event: "text", text: generated.text };
        break;
      case "citation": {
        const { source, start, end } = generated;
        yield { event: "citation", source, id: sources[source]?.id ?? "", span: { start, end } };
        break;
      }
      case "usage":
        yield {
          event: "usage",
          sentencesRead: generated.sentencesRead,
          sentencesQuoted: generated.sentencesQuoted,
        };
    }
  }
  yield { event: "done" };
}
