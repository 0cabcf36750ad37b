import type { RegionEnv } from "../../shared/contracts/region-env.ts";
import { assert } from "../../shared/std/assert.ts";
import type { StoreRoom } from "../ports/store-room.ts";
import type { VectorStore } from "../ports/store.ts";

/** The store that the environment names. */
export async function openStore(env: RegionEnv, room: StoreRoom): Promise<VectorStore> {
  const [kind, ...rest] = env.NEARFIELD_STORE.split(":");
  const where = rest.join(":");
  // Loaded only where it is used: each brings an SDK that costs a cold start most of a second.
  if (kind === "lancedb") {
    const { openLanceDbStore } = await import("./lancedb-store.ts");
    return openLanceDbStore({ root: where, room });
  }
  assert(kind === "milvus", "RegionEnv lets no other store pass");
  const { openMilvusStore } = await import("./milvus-store.ts");
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
