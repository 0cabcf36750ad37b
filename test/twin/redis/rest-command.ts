import type { Command } from "./engine.ts";

/** A request that is not a command: the caller's mistake, 400. */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
}

/** Commands of one pipeline or transaction; Upstash's own client sends at most 1,000. */
const PIPELINE_MAX = 1_000;

/** `["SET","k",1]` as a command. @throws BadRequest */
export function commandOf(json: unknown): Command {
  if (!Array.isArray(json) || json.length === 0)
    throw new BadRequest("ERR a command is a list that is not empty");
  return json.map((word: unknown) => {
    if (typeof word === "string") return Buffer.from(word);
    if (typeof word === "number" || typeof word === "boolean") return Buffer.from(String(word));
    throw new BadRequest("ERR a command's words are strings, numbers or booleans");
  });
}

/** `[["SET","k",1],["GET","k"]]`. @throws BadRequest */
export function commandsOf(json: unknown): readonly Command[] {
  if (!Array.isArray(json) || json.length === 0)
    throw new BadRequest("ERR a pipeline is a list of commands that is not empty");
  if (json.length > PIPELINE_MAX)
    throw new BadRequest(`ERR a pipeline has at most ${PIPELINE_MAX} commands`);
  return json.map(commandOf);
}

/** `/set/key` with a body as the last word, and `?EX=100` as two more. */
export function commandOfPath(url: URL, body: Buffer): Command {
  const words = url.pathname
    .split("/")
    .filter((part) => part !== "")
    .map((part) => Buffer.from(decodeWord(part)));
  const options = [...url.searchParams]
    .filter(([name]) => name !== "_token")
    .flatMap(([name, value]) => (value === "" ? [name] : [name, value]))
    .map((word) => Buffer.from(word));
  return [...words, ...(body.length > 0 ? [body] : []), ...options];
}

/** @throws BadRequest */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (cause) {
    throw new BadRequest("ERR failed to parse the body as JSON", { cause });
  }
}

/** One part of a path. @throws BadRequest */
export function decodeWord(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new BadRequest("ERR the path is not percent-encoded UTF-8", { cause });
  }
}
