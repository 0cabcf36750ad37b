import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { serialize } from "node:v8";
import { openLanceDbStore } from "../../lambdas/adapters/lancedb-store.ts";
import { openMemoryStore } from "../../lambdas/adapters/memory-store.ts";
import { openMilvusStore } from "../../lambdas/adapters/milvus-store.ts";
import { startMilvusLite, type MilvusServer } from "./milvus-lite.ts";
import { startMilvusServer } from "./milvus-server.ts";
import { writeAll, type AcknowledgedWrite } from "./acknowledged-writes.ts";
import type { StoreUnderTest } from "./store-under-test.ts";

/** Small, so that the suite's 5,000 rows are searched through an index. */
const INDEX_ROWS_MIN = 2_000;
const WRITER = fileURLToPath(new URL("store-writer.ts", import.meta.url));

export async function startMemory(): Promise<StoreUnderTest> {
  return { open: async () => openMemoryStore(), writeAndKill: null, close: async () => undefined };
}

/** LanceDB in a folder of its own. */
export async function startLanceDb(): Promise<StoreUnderTest> {
  const root = await mkdtemp(path.join(tmpdir(), "nearfield-lancedb-"));
  return {
    open: () => openLanceDbStore({ root, indexRowsMin: INDEX_ROWS_MIN }),
    writeAndKill: (writes) => writeInChild(root, writes),
    close: () => rm(root, { recursive: true, force: true }),
  };
}

async function writeInChild(root: string, writes: readonly AcknowledgedWrite[]): Promise<void> {
  const child = spawn(process.execPath, [WRITER, "--root", root], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  child.stdin.end(serialize(writes));
  let said = "";
  for await (const chunk of child.stdout) {
    said += String(chunk);
    if (said.includes("\n")) break;
  }
  child.kill("SIGKILL");
  await exited;
  if (said !== "acknowledged\n") throw new Error(`the writer said ${JSON.stringify(said)}`);
}

/** milvus-lite, of our own. */
export async function startMilvusLiteStore(): Promise<StoreUnderTest> {
  return milvusUnderTest(await startMilvusLite());
}

/** The full Milvus: of our own, or the server that NEARFIELD_MILVUS names. */
export async function startMilvusStore(): Promise<StoreUnderTest> {
  const address = process.env["NEARFIELD_MILVUS"];
  return milvusUnderTest(
    address === undefined
      ? await startMilvusServer()
      : { address, killAndRestart: null, stop: async () => undefined },
  );
}

function milvusUnderTest(server: MilvusServer): StoreUnderTest {
  const { address, killAndRestart } = server;
  return {
    open: () => openMilvusStore({ address }),
    writeAndKill: async (writes) => {
      const store = await openMilvusStore({ address });
      await writeAll(store, writes);
      await killAndRestart?.();
      await store.close();
    },
    close: () => server.stop(),
  };
}
