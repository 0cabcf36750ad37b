import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { inspect, promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MilvusFailure } from "../../lambdas/adapters/milvus-call.ts";
import { openMilvusStore, type MilvusStoreOptions } from "../../lambdas/adapters/milvus-store.ts";
import type { MilvusServer } from "./milvus-lite.ts";
import { startMilvusServer } from "./milvus-server.ts";
import { away, deadline, document, prepared } from "./store-rows.ts";

/** Longest that a door may stay shut without a word. */
const REFUSED_MS_MAX = 11_000;
const SECRET = "no-such-password-7f3a";

let folder: string;
let server: MilvusServer;
let own: string;
let foreign: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "nearfield-certificates-"));
  foreign = (await selfSigned(folder, "foreign", "127.0.0.1")).certificate;
  server = await startMilvusServer(async (host) => {
    const tls = await selfSigned(folder, "own", host);
    own = tls.certificate;
    return { tls, authorization: true };
  });
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

test("with the right certificate and token Milvus 2.3.5 is a store", async () => {
  const store = await openMilvusStore(options({}));
  const { apply, view } = await prepared(store);
  await apply([document("a", 1, { vectors: { text: away(0) } })]);
  expect(await (await view()).count(0, null, deadline())).toBe(1);
  await store.close();
});

test.each<[string, () => Partial<MilvusStoreOptions>]>([
  ["a wrong password", () => ({ token: `root:${SECRET}` })],
  ["an unknown user", () => ({ token: `nobody:${SECRET}` })],
  ["a certificate that is not the server's", () => ({ rootCertificate: foreign })],
  ["a certificate that is not there", () => ({ rootCertificate: path.join(folder, "none.pem") })],
  ["a plain connection", () => ({ address: server.address })],
  ["a port where nobody listens", () => ({ address: "https://127.0.0.1:9" })],
])("%s: one clear failure in time, without a secret", async (_name, wrong) => {
  const started = performance.now();
  const asked = options({ token: `root:${SECRET}`, ...wrong() });
  const failure: unknown = await openMilvusStore(asked).catch((error: unknown) => error);
  expect(performance.now() - started).toBeLessThan(REFUSED_MS_MAX);
  expect(failure).toBeInstanceOf(MilvusFailure);
  if (!(failure instanceof MilvusFailure)) return;
  expect(failure.message).toMatch(/^Milvus connect to (https:\/\/)?[\d.]+:\d+: .+/);
  const all = inspect(failure, { depth: 10, showHidden: true });
  for (const secret of [SECRET, Buffer.from(`root:${SECRET}`).toString("base64")])
    expect(all).not.toContain(secret);
});

test("no token at all is refused too", async () => {
  const refused = openMilvusStore({ address: `https://${server.address}`, rootCertificate: own });
  await expect(refused).rejects.toThrow(MilvusFailure);
});

function options(changed: Partial<MilvusStoreOptions>): MilvusStoreOptions {
  const address = `https://${server.address}`;
  return { address, token: "root:Milvus", rootCertificate: own, ...changed };
}

/** A certificate that is its own authority, for an address. */
async function selfSigned(into: string, name: string, host: string) {
  const certificate = path.join(into, `${name}.pem`);
  const key = path.join(into, `${name}.key`);
  const request = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=nearfield".split(" ");
  const place = ["-addext", `subjectAltName=IP:${host}`, "-keyout", key, "-out", certificate];
  await promisify(execFile)("openssl", [...request, ...place]);
  return { certificate, key };
}
