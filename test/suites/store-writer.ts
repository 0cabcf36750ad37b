import { parseArgs } from "node:util";
import { buffer } from "node:stream/consumers";
import { deserialize } from "node:v8";
import { openLanceDbStore } from "../../lambdas/adapters/lancedb-store.ts";
import { required } from "../../shared/std/assert.ts";
import { writeAll } from "./acknowledged-writes.ts";

// The process that the crash test kills: does the writes that it reads, says that they are done, and waits for its end.
const { values } = parseArgs({ options: { root: { type: "string" } } });
const store = await openLanceDbStore({ root: required(values.root, "--root is given") });
await writeAll(store, deserialize(await buffer(process.stdin)));
process.stdout.write("acknowledged\n");
setInterval(() => undefined, 60_000);
