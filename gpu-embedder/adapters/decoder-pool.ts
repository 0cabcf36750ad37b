import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import pLimit, { type LimitFunction } from "p-limit";
import { QUEUE_LIMITS } from "../limits.ts";
import type {
  DecodedPicture,
  DecodeRequest,
  PictureDecoder,
  RejectedPicture,
} from "../ports/picture-decoder.ts";

type Outcome = DecodedPicture | RejectedPicture;

const CHILD = fileURLToPath(new URL("./decoder-child.ts", import.meta.url));
/** Loading libvips took 0.2 s; a machine under load may take much longer. */
const START_MS_MAX = 20_000;
const HEAP_MIB_MAX = 256;

/**
 * Decodes pictures in processes of their own, since a decoder is native code that reads hostile files.
 * They are started when first needed, killed when one picture takes too long, and replaced.
 */
export class DecoderPool implements PictureDecoder {
  private readonly limit: LimitFunction;
  private readonly decodeMsMax: number;
  private readonly childEntry: string;
  private readonly idle: ChildProcess[] = [];
  private readonly all = new Set<ChildProcess>();

  /** `childEntry` is another decoder's entry, for tests that need one that dies. */
  constructor(options: { size: number; decodeMsMax?: number; childEntry?: string }) {
    this.limit = pLimit(options.size);
    this.decodeMsMax = options.decodeMsMax ?? QUEUE_LIMITS.decodeMsMax;
    this.childEntry = options.childEntry ?? CHILD;
  }

  decode(request: DecodeRequest, signal: AbortSignal): Promise<Outcome> {
    return this.limit(async () => {
      signal.throwIfAborted();
      const child = this.idle.pop() ?? (await this.start());
      const outcome = await ask(child, request, this.decodeMsMax);
      if (child.connected && !child.killed) this.idle.push(child);
      return outcome;
    });
  }

  close(): void {
    for (const child of this.all) child.kill("SIGKILL");
  }

  private async start(): Promise<ChildProcess> {
    const child = fork(this.childEntry, [], {
      serialization: "advanced", // Bytes travel as bytes.
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      execArgv: [`--max-old-space-size=${HEAP_MIB_MAX}`],
      env: { PATH: process.env["PATH"] }, // A decoder that is taken over finds no secrets.
    });
    this.all.add(child);
    child.once("exit", () => {
      this.all.delete(child);
      const at = this.idle.indexOf(child);
      if (at >= 0) this.idle.splice(at, 1);
    });
    const first = await nextMessage(child, START_MS_MAX);
    if (first.kind === "message") return child;
    child.kill("SIGKILL");
    throw new Error(`a picture decoder did not start: ${first.kind}`);
  }
}

async function ask(
  child: ChildProcess,
  request: DecodeRequest,
  timeoutMs: number,
): Promise<Outcome> {
  const reply = nextMessage(child, timeoutMs);
  child.send(request, () => undefined); // A failure to send is seen as the child's exit.
  const answer = await reply;
  if (answer.kind === "message") return answer.message as Outcome; // Our own child sends nothing else.
  child.kill("SIGKILL");
  const message =
    answer.kind === "exit"
      ? "The picture made its decoder fail."
      : `The picture took more than ${timeoutMs} ms to decode.`;
  return { kind: "rejected", code: "media-rejected", message };
}

type Reply =
  | { readonly kind: "message"; readonly message: unknown }
  | { readonly kind: "exit" }
  | { readonly kind: "timeout" };

function nextMessage(child: ChildProcess, timeoutMs: number): Promise<Reply> {
  const { promise, resolve } = Promise.withResolvers<Reply>();
  const onMessage = (message: unknown) => resolve({ kind: "message", message });
  const onExit = () => resolve({ kind: "exit" });
  const timer = setTimeout(() => resolve({ kind: "timeout" }), timeoutMs);
  child.once("message", onMessage).once("exit", onExit).once("error", onExit);
  return promise.finally(() => {
    clearTimeout(timer);
    child.off("message", onMessage).off("exit", onExit).off("error", onExit);
  });
}
