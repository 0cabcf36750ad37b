import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { RagEvent } from "../contracts/rag.ts";
import { NearfieldError } from "./nearfield-error.ts";

/** A `sources` event holds at most 50 hits with their passages. */
const BUFFER_CHARS_MAX = 4 * 1024 * 1024;
const KNOWN: ReadonlySet<string> = new Set([
  "sources",
  "text",
  "citation",
  "usage",
  "done",
  "error",
] satisfies RagEvent["event"][]);

/**
 * The events of a written answer, as they come. Events of kinds that this client does not know are passed over.
 * @throws NearfieldError `broken-off` where the stream ends without `done` or `error`; `bad-reply`
 */
export async function* ragEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<RagEvent, void, void> {
  const waiting: EventSourceMessage[] = [];
  const parser = createParser({
    onEvent: (message) => waiting.push(message),
    onError: (cause) => {
      if (cause.type === "max-buffer-size-exceeded")
        throw badReply("An event is larger than any that nearfield sends.", cause);
    },
    maxBufferSize: BUFFER_CHARS_MAX,
  });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const chunk = await reader.read();
      if (chunk.done) throw new NearfieldError("broken-off", "The answer ended early: ask again.");
      parser.feed(decoder.decode(chunk.value, { stream: true }));
      for (const message of waiting.splice(0)) {
        const event = toEvent(message);
        if (event === null) continue;
        yield event;
        if (event.event === "done" || event.event === "error") return;
      }
    }
  } finally {
    // Whoever leaves early is done with the stream, and an error of a stream that nobody reads says nothing to anyone.
    await reader.cancel().catch(() => undefined);
  }
}

function toEvent({ event, data }: EventSourceMessage): RagEvent | null {
  if (event === undefined || !KNOWN.has(event)) return null;
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (cause) {
    throw badReply("An event is not JSON.", cause);
  }
  if (typeof value !== "object" || value === null)
    throw badReply("An event is not an object.", null);
  return { ...value, event } as RagEvent; // The server's own schema made it; `event` was checked above.
}

function badReply(hint: string, cause: unknown): NearfieldError {
  return new NearfieldError("bad-reply", hint, { problem: null, cause });
}
