import { decodeWithSharp, restrictSharp } from "./sharp-decoder.ts";
import type { DecodeRequest } from "../ports/picture-decoder.ts";

// Entry of a decoder process: one picture at a time, so that its death tells which picture killed it.

const parent = process.send?.bind(process);
if (parent === undefined)
  throw new Error("decoder-child.ts is started by decoder-pool.ts, with a channel");
restrictSharp();
process.on("message", (request: DecodeRequest) => {
  void decodeWithSharp(request).then((outcome) => parent(outcome));
});
process.on("disconnect", () => process.exit(0)); // The embedder is gone, however it ended.
process.on("SIGINT", () => undefined); // Ctrl-C reaches the whole group; the embedder decides when this ends.
parent("ready");
