import { test } from "vitest";
import { reshardUnderLoad } from "./reshard-load.ts";

test("4 shards to 6 under 50 reads/s and 20 writes/s, a region killed in every phase: no errors, nothing lost or twice", async () => {
  await reshardUnderLoad({ readsPerS: 50, writesPerS: 20 });
}, 600_000);
