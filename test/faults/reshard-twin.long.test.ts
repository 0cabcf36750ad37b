import { test } from "vitest";
import { reshardUnderLoad } from "./reshard-load.ts";

// By hand, on a machine that does nothing else: what two cores can do beside three regions that copy decides it.
test.each([
  { readsPerS: 15, writesPerS: 5 },
  { readsPerS: 50, writesPerS: 20 },
])(
  "4 shards to 6 under $readsPerS reads/s and $writesPerS writes/s, a region killed in every phase: no errors, nothing lost or twice",
  reshardUnderLoad,
  600_000,
);
