import { test } from "vitest";
import { reshardUnderLoad } from "./reshard-load.ts";

test("4 shards to 6 under reads and writes, a region killed in every phase: no errors, nothing lost or twice", async () => {
  await reshardUnderLoad({ readsPerS: 15, writesPerS: 5 });
}, 400_000);
