/**
 * `node ask-function.ts MODULE EVENT`: loads one function's module and asks it once, as a cold start does. Prints
 * `{importMs, replyMs, reply}`, both times from the moment at which the module was asked for.
 */
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";

type Handler = (event: unknown, stream: Writable) => Promise<unknown>;

const [modulePath = "", eventText = ""] = process.argv.slice(2);
const event = JSON.parse(eventText) as { readonly op: string };
// What Lambda's own runtime puts there; only the shape of the handler matters here.
Object.assign(globalThis, { awslambda: { streamifyResponse: (handler: Handler) => handler } });

const startMs = performance.now();
const { handler } = (await import(pathToFileURL(modulePath).href)) as { handler: Handler };
const importMs = performance.now() - startMs;
const reply = await ask().catch((error: unknown) => ({ failed: codeOf(error) }));
const replyMs = performance.now() - startMs;
process.stdout.write(JSON.stringify({ importMs, replyMs, reply }));

function ask(): Promise<unknown> {
  return event.op === "answer" ? streamed(handler) : handler(event, new Writable());
}

/** A function that fails its invocation, as Lambda would report it. Anything but a problem is a bug, and ends this process. */
function codeOf(error: unknown): unknown {
  if (error instanceof Error && "code" in error) return error.code;
  throw error;
}

/** The lines that a streaming function wrote. */
async function streamed(handler: Handler): Promise<unknown[]> {
  let text = "";
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString();
      done();
    },
  });
  await handler(event, stream);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));
}
