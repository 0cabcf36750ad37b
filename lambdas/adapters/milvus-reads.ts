import type { ConsistencyLevelEnum, MilvusClient, QueryReq } from "@zilliz/milvus2-sdk-node";
import { milvusCall } from "./milvus-call.ts";

/** Most results of one call of Milvus. */
export const RESULTS_MAX = 16_384;
/** Passages of these are far fewer than the results of a call. */
export const IDS_PER_QUERY = 100;
/**
 * A read sees every acknowledged write. By name, which the protocol takes and the SDK's types do not: its search takes the
 * constant, which is 0, for none given.
 */
export const STRONG = "Strong" as unknown as ConsistencyLevelEnum;

export type MilvusData = Readonly<Record<string, unknown>>;

/** Rows of a query that sees every acknowledged write. Fields are named: the default is all, vectors included. */
export async function queryRows(
  client: MilvusClient,
  request: QueryReq & { readonly output_fields: string[] },
  signal: AbortSignal,
): Promise<readonly MilvusData[]> {
  const { data } = await milvusCall(
    "query",
    () => client.query({ ...request, consistency_level: STRONG }),
    signal,
  );
  return data;
}
