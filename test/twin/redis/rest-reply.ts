import { RedisError, type Reply } from "./engine.ts";

/** What the REST protocol answers for one command. */
export type RestAnswer = { readonly result: RestValue } | { readonly error: string };
type RestValue = string | number | null | readonly RestValue[];

/**
 * A reply in the REST protocol's JSON.
 *
 * @param base64 the caller's `Upstash-Encoding: base64`: every string is encoded, except a literal `OK` that is the whole
 * reply. Within a list it is encoded: the client decodes each string there without looking.
 */
export function restAnswer(reply: Reply, base64: boolean): RestAnswer {
  if (reply instanceof RedisError) return { error: reply.message };
  if (Buffer.isBuffer(reply) && reply.toString() === "OK") return { result: "OK" };
  return { result: restValue(reply, base64) };
}

function restValue(reply: Reply, base64: boolean): RestValue {
  if (reply === null || typeof reply === "number") return reply;
  if (Buffer.isBuffer(reply)) return reply.toString(base64 ? "base64" : "utf8");
  // An error within a list has no form of its own in this protocol.
  if (reply instanceof RedisError)
    return base64 ? Buffer.from(reply.message).toString("base64") : reply.message;
  return reply.map((item) => restValue(item, base64));
}
