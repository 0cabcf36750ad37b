import type { RagEvent } from "../../../shared/contracts/rag.ts";
import type { Written } from "./page-state.ts";

export const WRITTEN_START: Written = {
  phase: "asking",
  sources: null,
  sentences: [],
  usage: null,
};

/** The answer after one more event. A citation belongs to the text before it. */
export function writtenAfter(written: Written, event: RagEvent): Written {
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
