import { visit } from "jsonc-parser";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { abortable } from "../../shared/std/abortable.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { faultOf } from "./json-fault.ts";

/** A body has this long to arrive. */
const BODY_MS_MAX = 10_000;
/** Read past the limit before a body is refused. */
const OVERRUN_BYTES_MAX = 64 * 1024;

/** The body's bytes, counted as they come. @throws Problem `body-too-large` */
export async function readBytes(request: Request, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const late = AbortSignal.timeout(BODY_MS_MAX);
  let length = 0;
  // `content-length` is not asked: what counts is what comes.
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = request.body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await abortable(reader.read(), late).catch((cause: unknown) => {
      if (!late.aborted) throw cause;
      throw new Problem(
        "request-timeout",
        `A body has to arrive within ${BODY_MS_MAX / 1_000} s.`,
        { cause },
      );
    });
    if (done) break;
    length += value.byteLength;
    if (length <= bytesMax) chunks.push(value);
    // A little more is read and dropped, so that a caller who is barely over gets the answer and not a reset.
    if (length > bytesMax + OVERRUN_BYTES_MAX) break;
  }
  if (length > bytesMax)
    throw new Problem("body-too-large", `A body has at most ${bytesMax} bytes.`);
  if (chunks.length === 1 && chunks[0] !== undefined) return chunks[0];
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

/** Text of UTF-8 bytes. @throws Problem `malformed-json` */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new Problem("malformed-json", "The body is not UTF-8.", { cause });
  }
}

/**
 * Parses JSON that means one thing only: nested at most `LIMITS.jsonDepthMax` deep, no key twice in an object, no key that
 * changes what an object is. `JSON.parse` alone takes any depth and keeps the last of two equal keys.
 * @throws Problem `malformed-json` or `limit-exceeded`
 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const fault = faultOf(text);
    const where = fault === null ? "" : ` Its text breaks at ${fault}.`;
    throw new Problem("malformed-json", `This is not JSON.${where}`, { cause });
  }
  const objects: Set<string>[] = [];
  let depth = 0;
  const open = () => {
    depth += 1;
    if (depth > LIMITS.jsonDepthMax)
      throw new Problem("limit-exceeded", `JSON may be nested ${LIMITS.jsonDepthMax} deep.`);
  };
  visit(text, {
    onObjectBegin: () => {
      open();
      objects.push(new Set());
    },
    onObjectEnd: () => {
      depth -= 1;
      objects.pop();
    },
    onArrayBegin: open,
    onArrayEnd: () => {
      depth -= 1;
    },
    onLiteralValue: (literal: unknown) => {
      if (typeof literal === "string" && !literal.isWellFormed())
        throw new Problem("malformed-json", "A string has half a character (a lone surrogate).");
    },
    onObjectProperty: (key) => {
      const seen = objects.at(-1);
      if (key === "__proto__" || !key.isWellFormed() || seen?.has(key) === true) {
        throw new Problem(
          "malformed-json",
          "An object has a key twice, or one that is not allowed.",
        );
      }
      seen?.add(key);
    },
  });
  return value;
}
