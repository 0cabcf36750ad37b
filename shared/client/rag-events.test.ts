import { expect, test } from "vitest";
import type { RagEvent } from "../contracts/rag.ts";
import { NearfieldClient } from "./nearfield-client.ts";

/** A client whose answer streams in pieces of `size` bytes. */
function streaming(
  text: string,
  size: number,
): { readonly client: NearfieldClient; readonly cancelled: () => boolean } {
  const bytes = new TextEncoder().encode(text);
  let [offset, cancelled] = [0, false];
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (offset >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(offset, (offset += size)));
    },
    cancel: () => void (cancelled = true),
  });
  const fetch = async () =>
    new Response(body, {
      headers: {
        "content-type": "text/event-stream",
        "nearfield-position": "abcdefabcdef.1.4.00000000",
      },
    });
  return {
    client: new NearfieldClient({ url: "http://edge.test", key: "k", fetch }),
    cancelled: () => cancelled,
  };
}

async function collect(client: NearfieldClient): Promise<RagEvent[]> {
  const events: RagEvent[] = [];
  for await (const event of client.rag({ collection: "demo", query: { text: "é?" } }))
    events.push(event);
  return events;
}

const WHOLE =
  'event: text\ndata: {"text":"São"}\n\nevent: later-kind\ndata: {}\n\nevent: done\ndata: {}\n\n';

test("events come whole, however the bytes were cut, and unknown kinds are passed over", async () => {
  for (const size of [1, 7, 1_000]) {
    const { client } = streaming(WHOLE, size);
    expect(await collect(client)).toEqual([{ event: "text", text: "São" }, { event: "done" }]);
    expect(client.positions).toEqual({ demo: "abcdefabcdef.1.4.00000000" });
  }
});

test("a stream that ends without done has broken off", async () => {
  const { client } = streaming('event: text\ndata: {"text":"a"}\n\n', 10);
  await expect(collect(client)).rejects.toMatchObject({ code: "broken-off" });
});

test("an event that is not JSON is a bad reply", async () => {
  const { client } = streaming("event: text\ndata: {\n\n", 10);
  await expect(collect(client)).rejects.toMatchObject({ code: "bad-reply" });
});

test("leaving the loop ends the stream", async () => {
  const { client, cancelled } = streaming(WHOLE, 7);
  for await (const event of client.rag({ collection: "demo", query: { text: "?" } })) {
    expect(event).toEqual({ event: "text", text: "São" });
    break;
  }
  expect(cancelled()).toBe(true);
});
