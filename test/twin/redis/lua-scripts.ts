import { createHash } from "node:crypto";
import type { Command, Reply } from "./engine.ts";

/** Digests kept for EVALSHA; a forgotten one costs its caller a NOSCRIPT and an EVAL. */
const DIGESTS_MAX = 1_000;

/**
 * Upstash knows the script flag `allow-key-locking`; Redis and Valkey refuse it, and the JS engine refuses any `#!` line.
 * Scripts are rewritten on the way in, and the digest that the caller computed is mapped to that of the rewritten one.
 */
export class LuaScripts {
  readonly #digests = new Map<string, string>();
  readonly #knowsShebang: boolean;

  constructor(knowsShebang: boolean) {
    this.#knowsShebang = knowsShebang;
  }

  /** The command as the engine takes it. */
  translate(command: Command): Command {
    const name = command[0]?.toString().toUpperCase();
    const second = command[1];
    if (second === undefined) return command;
    if (name === "EVAL" || name === "EVAL_RO") return withWord(command, 1, this.#rewrite(second));
    if (name === "EVALSHA" || name === "EVALSHA_RO")
      return withWord(command, 1, this.#digest(second));
    if (name !== "SCRIPT") return command;
    const subcommand = second.toString().toUpperCase();
    const script = command[2];
    if (subcommand === "LOAD" && script !== undefined)
      return withWord(command, 2, this.#rewrite(script));
    if (subcommand === "EXISTS")
      return command.map((word, index) => (index < 2 ? word : this.#digest(word)));
    return command;
  }

  /** The reply as the caller expects it: SCRIPT LOAD names the script as it was sent. */
  translateReply(command: Command, reply: Reply): Reply {
    const isLoad =
      command[0]?.toString().toUpperCase() === "SCRIPT" &&
      command[1]?.toString().toUpperCase() === "LOAD";
    const script = command[2];
    return isLoad && script !== undefined && Buffer.isBuffer(reply)
      ? Buffer.from(sha1(script))
      : reply;
  }

  #rewrite(script: Buffer): Buffer {
    if (!script.subarray(0, 5).equals(Buffer.from("#!lua"))) return script;
    const lineEnd = script.indexOf(10);
    const body = lineEnd < 0 ? Buffer.alloc(0) : script.subarray(lineEnd);
    // An empty line stays, so that line numbers in errors are the caller's.
    const firstLine = this.#knowsShebang
      ? withoutKeyLocking(script.subarray(0, lineEnd < 0 ? undefined : lineEnd))
      : "";
    const rewritten = Buffer.concat([Buffer.from(firstLine), body]);
    const oldest = this.#digests.keys().next();
    if (this.#digests.size >= DIGESTS_MAX && oldest.done !== true)
      this.#digests.delete(oldest.value);
    this.#digests.set(sha1(script), sha1(rewritten));
    return rewritten;
  }

  #digest(digest: Buffer): Buffer {
    const mapped = this.#digests.get(digest.toString().toLowerCase());
    return mapped === undefined ? digest : Buffer.from(mapped);
  }
}

/** `#!lua flags=allow-key-locking,no-writes` -> `#!lua flags=no-writes`. */
function withoutKeyLocking(firstLine: Buffer): string {
  const match = /^#!lua\s+flags=(\S*)\s*$/.exec(firstLine.toString());
  if (match === null) return firstLine.toString();
  const flags = (match[1] ?? "")
    .split(",")
    .filter((flag) => flag !== "allow-key-locking" && flag !== "");
  return flags.length === 0 ? "#!lua" : `#!lua flags=${flags.join(",")}`;
}

function withWord(command: Command, index: number, word: Buffer): Command {
  return command.map((old, at) => (at === index ? word : old));
}

function sha1(bytes: Buffer): string {
  return createHash("sha1").update(bytes).digest("hex");
}
