import { setTimeout as delay } from "node:timers/promises";
import type { RegionEnv } from "../shared/contracts/region-env.ts";
import { assert } from "../shared/std/assert.ts";
import type { Clock } from "../shared/std/clock.ts";
import { invokeShard } from "./adapters/invoke-shard.ts";
import { LambdaShardView } from "./adapters/lambda-shards.ts";
import { functionOf, lambdaOf } from "./compose-functions.ts";
import { HedgedLegs } from "./legs/hedged-legs.ts";
import { withCopies, type OpenCopy } from "./legs/replicated-store.ts";
import type { VectorStore } from "./ports/store.ts";

/** The store that a region's environment names. */
export async function openStore(env: RegionEnv): Promise<VectorStore> {
  const [kind, ...rest] = env.NEARFIELD_STORE.split(":");
  const where = rest.join(":");
  // Loaded only where it is used: each brings an SDK that costs a cold start most of a second.
  if (kind === "lancedb") {
    const { openLanceDbStore } = await import("./adapters/lancedb-store.ts");
    return openLanceDbStore({ root: where });
  }
  assert(kind === "milvus", "RegionEnv lets no other store pass");
  const { openMilvusStore } = await import("./adapters/milvus-store.ts");
  const token = env.NEARFIELD_MILVUS_TOKEN;
  const rootCertificate = env.NEARFIELD_MILVUS_ROOT_CERTIFICATE;
  const vectorFields = env.NEARFIELD_MILVUS_VECTOR_FIELDS;
  const index = env.NEARFIELD_MILVUS_INDEX;
  return openMilvusStore({
    address: where,
    prefix: env.NEARFIELD_MILVUS_PREFIX,
    replicas: env.NEARFIELD_MILVUS_REPLICAS,
    ...(token === undefined ? {} : { token }),
    ...(rootCertificate === undefined ? {} : { rootCertificate }),
    ...(vectorFields === undefined ? {} : { vectorFields }),
    ...(index === undefined ? {} : { index }),
  });
}

/** The store behind its copies, where there are any: the shard readers, or for Milvus the server once more. */
export function openCopies(env: RegionEnv, store: VectorStore, clock: Clock): VectorStore {
  const readers = env.NEARFIELD_SHARD_READERS.map(({ invokeUrl }) =>
    lambdaOf(env.NEARFIELD_REGION, invokeUrl),
  );
  const again = store.traits.name.startsWith("milvus") ? env.NEARFIELD_SHARD_REPLICAS : 1;
  if (readers.length === 0 && again === 1) return store;
  const copies: OpenCopy[] =
    readers.length > 0
      ? readers.map((client) => {
          const call = invokeShard(client, functionOf(env, "shard"));
          return async (layout, checkpoint) => new LambdaShardView(call, layout, checkpoint);
        })
      : Array.from(
          { length: again },
          () =>
            (...given) =>
              store.openView(...given),
        );
  return withCopies(store, copies, {
    region: env.NEARFIELD_REGION,
    hop: (_, call, signal) => call(signal),
    legs: new HedgedLegs({
      nowMs: () => clock.monotonicMs(),
      sleep: async (delayMs, signal) => delay(delayMs, undefined, { signal }),
      random: Math.random,
    }),
  });
}
