import { setTimeout as delay } from "node:timers/promises";
import type { RegionEnv } from "../shared/contracts/region-env.ts";
import type { Clock } from "../shared/std/clock.ts";
import { invokeShard } from "./adapters/invoke-shard.ts";
import { LambdaShardView } from "./adapters/lambda-shards.ts";
import { functionOf, lambdaOf } from "./compose-functions.ts";
import { HedgedLegs } from "./legs/hedged-legs.ts";
import { withCopies, type OpenCopy } from "./legs/replicated-store.ts";
import type { VectorStore } from "./ports/store.ts";

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
