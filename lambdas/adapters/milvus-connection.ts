import { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { readFile } from "node:fs/promises";
import { milvusCall, MilvusFailure, RPC_MS_MAX } from "./milvus-call.ts";

export interface MilvusConnection {
  /** `host:port`, or with `https://`: then TLS is spoken, and a certificate that is not known is refused. */
  readonly address: string;
  /** `user:password` or an API key; left out where the server asks for none. */
  readonly token?: string;
  /** Path of a file in PEM with the certificates that are trusted, instead of the usual ones. */
  readonly rootCertificate?: string;
}

const CONNECT_MS_MAX = 10_000;

/**
 * A client that the server has answered.
 *
 * @returns with the server's version, e.g. `v2.3.5`
 * @throws MilvusFailure, without any secret in it, where it can't be reached, is not trusted or lets nobody in
 */
export async function connectMilvus(
  connection: MilvusConnection,
): Promise<{ readonly client: MilvusClient; readonly version: string }> {
  const { address, token, rootCertificate } = connection;
  const what = `connect to ${address}`;
  const rootCert = rootCertificate === undefined ? null : await readPem(what, rootCertificate);
  const client = new MilvusClient({
    address,
    ...(token === undefined ? {} : { token }),
    ...(rootCert === null ? {} : { tls: { rootCert } }),
    timeout: RPC_MS_MAX,
    logLevel: "error", // On `debug`, its level where NODE_ENV is test, it writes rows and filters to the log.
    maxRetries: 2,
    retryDelay: 20,
    // The SDK's own pings each 10 s make milvus-lite close the channel during a long call.
    channelOptions: { "grpc.keepalive_time_ms": 300_000, "grpc.keepalive_permit_without_calls": 0 },
  });
  try {
    const { version } = await milvusCall(
      what,
      async () => {
        await client.connectPromise;
        return client.getVersion();
      },
      new AbortController().signal,
      CONNECT_MS_MAX,
    );
    return { client, version };
  } catch (error) {
    await client.closeConnection();
    throw error;
  }
}

async function readPem(what: string, file: string): Promise<Buffer> {
  return readFile(file).catch((error: unknown) => {
    const reason = `the root certificate ${file} can't be read`;
    throw new MilvusFailure(what, { kind: "client", code: "unknown", reason }, error);
  });
}
