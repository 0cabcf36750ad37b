import { parseArgs } from "node:util";
import { buffer } from "node:stream/consumers";
import { deserialize } from "node:v8";
import { openLanceDbStore } from "../../lambdas/adapters/lancedb-store.ts";
import { required } from "../../shared/std/assert.ts";
import { deadline } from "./store-rows.ts";
import type { AcknowledgedWrite } from "./store-under-test.ts";

// The process that the crash test kills: does the write that it reads, says that it is done, and waits for its end.
const { values } = parseArgs({ options: { root: { type: "string" } } });
const { layout, documents, checkpoint }: AcknowledgedWrite = deserialize(
  await buffer(process.stdin),
);
const store = await openLanceDbStore({ root: required(values.root, "--root is given") });
await store.prepare(layout, deadline());
const version = await store.apply(layout, 0, documents, deadline());
const written = await store.writeCheckpoint(
  layout,
  null,
  { ...checkpoint, versions: [version] },
  deadline(),
);
process.stdout.write(written ? "acknowledged\n" : "refused\n");
setInterval(() => undefined, 60_000);
