import { EventStreamCodec } from "@smithy/eventstream-codec";
import { fromUtf8, toUtf8 } from "@smithy/util-utf8";

const codec = new EventStreamCodec(toUtf8, fromUtf8);

/** A frame of `application/vnd.amazon.eventstream` with bytes that the function wrote. */
export function payloadChunk(bytes: Uint8Array): Uint8Array {
  return frame("PayloadChunk", "application/octet-stream", bytes);
}

/** The last frame: how the invocation ended. */
export function invokeComplete(outcome: {
  readonly ErrorCode?: string;
  readonly ErrorDetails?: string;
}): Uint8Array {
  return frame("InvokeComplete", "application/json", fromUtf8(JSON.stringify(outcome)));
}

function frame(type: string, contentType: string, body: Uint8Array): Uint8Array {
  return codec.encode({
    headers: {
      ":event-type": { type: "string", value: type },
      ":content-type": { type: "string", value: contentType },
      ":message-type": { type: "string", value: "event" },
    },
    body,
  });
}
