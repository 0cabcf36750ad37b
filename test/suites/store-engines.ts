import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { serialize } from "node:v8";
import { setTimeout as delay } from "node:timers/promises";
import { LambdaShardView, type InvokeShard } from "../../lambdas/adapters/lambda-shards.ts";
import { HedgedLegs } from "../../lambdas/legs/hedged-legs.ts";
import { withCopies, type OpenCopy } from "../../lambdas/legs/replicated-store.ts";
import type { ShardHop } from "../../lambdas/ports/shard-hop.ts";
import { readShard } from "../../lambdas/shard/shard.ts";
import { ShardEvent } from "../../shared/contracts/shard-event.ts";
import { seededRandom } from "../../shared/std/random.ts";
import { INVOKE_LIMITS } from "../twin/invoke/invoke-server.ts";
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

/** LanceDB read through two shard readers, in this process: their events and replies travel as JSON, and must fit an Invoke. */
export async function startThroughReaders(): Promise<StoreUnderTest> {
  const plain = await startLanceDb();
  const legs = new HedgedLegs({
    nowMs: () => performance.now(),
    sleep: async (delayMs, signal) => delay(delayMs, undefined, { signal }),
    random: seededRandom(3),
  });
  return {
    ...plain,
    open: async () => {
      const store = await plain.open();
      const call: InvokeShard = async (payload, signal) => {
        signal.throwIfAborted();
        const event = ShardEvent.parse(JSON.parse(payload));
        const reply = JSON.stringify(await readShard(store, event, signal));
        if (Buffer.byteLength(reply) > INVOKE_LIMITS.syncBytesMax)
          throw new Error(`a reply of ${Buffer.byteLength(reply)} bytes`);
        return reply;
      };
      const copy: OpenCopy = async (layout, checkpoint) =>
        new LambdaShardView(call, layout, checkpoint);
      const hop: ShardHop = (_, ask, signal) => ask(signal);
      return withCopies(store, [copy, copy], { region: "us-east-1", hop, legs });
    },
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
