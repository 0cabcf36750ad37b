import { NearfieldError, type NearfieldClient } from "../../../shared/client/nearfield-client.ts";
import type { RagInput } from "../../../shared/client/request-types.ts";
import type { RagEvent } from "../../../shared/contracts/rag.ts";
import type { Written } from "./page-state.ts";

const WRITTEN_START: Written = {
  phase: "asking",
  sources: null,
  sentences: [],
  usage: null,
};

/**
 * The answer as it grows, from nothing on.
 * @throws NearfieldError, also where the answer breaks off; what came before stays right
 */
export async function* writeAnswer(
  client: NearfieldClient,
  request: RagInput,
  signal: AbortSignal,
): AsyncGenerator<Written, void, void> {
  let written = WRITTEN_START;
  yield written;
  for await (const event of client.rag(request, { signal })) {
    written = writtenAfter(written, event);
    yield written;
    if (event.event !== "error") continue;
    const { hint, requestId } = event;
    throw new NearfieldError("broken-off", hint, { problem: null, requestId });
  }
}

/** The answer after one more event. A citation belongs to the text before it. */
function writtenAfter(written: Written, event: RagEvent): Written {
  switch (event.event) {
    case "sources":
      return { ...written, phase: "writing", sources: event };
    case "text":
      return {
        ...written,
        sentences: [...written.sentences, { text: event.text, citation: null }],
      };
    case "citation": {
      const last = written.sentences.at(-1);
      if (last === undefined) return written;
      const { source, id, span } = event;
      return {
        ...written,
        sentences: [...written.sentences.slice(0, -1), { ...last, citation: { source, id, span } }],
      };
    }
    case "usage":
      return { ...written, usage: event };
    case "done":
      return { ...written, phase: "done" };
    case "error":
      return { ...written, phase: "broken" };
  }
}
