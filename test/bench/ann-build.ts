/** Maintains shard 0 of the layout that it is sent, as the function `maintain` does: a process of its own, behind readers. Sends the version. */
import { setPriority } from "node:os";
import type { StoreLayout } from "../../lambdas/ports/store.ts";

/** As the twin's. */
const PRIORITY = 5;
const BUILD_MS_MAX = 600_000;

export interface Build {
  readonly root: string;
  readonly layout: StoreLayout;
}

// Threads have the priority of the one that made them: so before anything makes one.
setPriority(PRIORITY);
const { openLanceDbStore } = await import("../../lambdas/adapters/lancedb-store.ts");

process.once("message", ({ root, layout }: Build) => {
  void build(root, layout);
});

async function build(root: string, layout: StoreLayout): Promise<void> {
  const store = await openLanceDbStore({ root });
  const version = await store.maintain(layout, 0, AbortSignal.timeout(BUILD_MS_MAX));
  await store.close();
  process.send?.({ version });
  process.disconnect();
}
