import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { serialize } from "node:v8";
import { openLanceDbStore } from "../../lambdas/adapters/lancedb-store.ts";
import { openMemoryStore } from "../../lambdas/adapters/memory-store.ts";
import { openMilvusStore, type MilvusStoreOptions } from "../../lambdas/adapters/milvus-store.ts";
import { milvusAt, startMilvusLite, type MilvusServer } from "./milvus-lite.ts";
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
  return milvusUnderTest(await startMilvusLite(), layoutOf(process.env));
}

/**
 * The full Milvus: of our own, or the server that NEARFIELD_MILVUS names, with NEARFIELD_MILVUS_TOKEN where it asks for one
 * and NEARFIELD_MILVUS_ROOT_CERTIFICATE where that is not a usual one.
 */
export async function startMilvusStore(): Promise<StoreUnderTest> {
  const address = process.env["NEARFIELD_MILVUS"];
  if (address === undefined)
    return milvusUnderTest(await startMilvusServer(), layoutOf(process.env));
  const token = process.env["NEARFIELD_MILVUS_TOKEN"];
  const rootCertificate = process.env["NEARFIELD_MILVUS_ROOT_CERTIFICATE"];
  return milvusUnderTest(milvusAt(address), {
    ...layoutOf(process.env),
    ...(token === undefined ? {} : { token }),
    ...(rootCertificate === undefined ? {} : { rootCertificate }),
  });
}

/** NEARFIELD_MILVUS_VECTOR_FIELDS makes any server hold collections as it says. */
function layoutOf(env: Readonly<Record<string, string | undefined>>): Partial<MilvusStoreOptions> {
  const vectorFields = env["NEARFIELD_MILVUS_VECTOR_FIELDS"];
  return vectorFields === "multi" || vectorFields === "single" ? { vectorFields } : {};
}

function milvusUnderTest(
  server: MilvusServer,
  options: Partial<MilvusStoreOptions>,
): StoreUnderTest {
  const { address, killAndRestart } = server;
  const open = () => openMilvusStore({ ...options, address });
  return {
    open,
    writeAndKill: async (writes) => {
      const store = await open();
      await writeAll(store, writes);
      await killAndRestart?.();
      await store.close();
    },
    close: () => server.stop(),
  };
}
