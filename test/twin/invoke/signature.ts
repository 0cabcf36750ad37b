import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import type { IncomingMessage } from "node:http";
import { sha256Hex } from "../../../shared/std/bytes.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const CLOCK_WINDOW_MS = 5 * 60_000;
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/lambda\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;

/**
 * Whether a request was signed for Lambda in this region with these credentials, within five minutes of `nowMs`.
 * It signs the request anew with the headers that the caller named, and compares.
 * @see AWS Signature Version 4
 */
export async function isSigned(
  request: IncomingMessage,
  body: Buffer,
  region: string,
  credentials: Credentials,
  nowMs: number,
): Promise<boolean> {
  const parts = AUTHORIZATION.exec(request.headers.authorization ?? "");
  const date = request.headers["x-amz-date"];
  if (parts === null || typeof date !== "string") return false;
  const [, accessKeyId, , signedRegion, signedHeaders = "", signature] = parts;
  // The signature covers the header; only comparing the header with the body makes it cover the body.
  const claimed = request.headers["x-amz-content-sha256"];
  if (claimed !== undefined && claimed !== sha256Hex(body)) return false;
  const signedMs = Date.parse(
    date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
  if (accessKeyId !== credentials.accessKeyId || signedRegion !== region) return false;
  if (!(Math.abs(nowMs - signedMs) <= CLOCK_WINDOW_MS)) return false;
  const names = signedHeaders.split(";");
  if (!names.includes("host")) return false;
  const url = new URL(request.url ?? "/", "http://any");
  const headers: Record<string, string> = {};
  for (const name of names) headers[name] = String(request.headers[name] ?? "");
  const signer = new SignatureV4({
    service: "lambda",
    region,
    credentials,
    sha256: Sha256,
    applyChecksum: false,
  });
  const signed = await signer.sign(
    {
      method: request.method ?? "GET",
      protocol: "http:",
      hostname: url.hostname,
      path: decodeURIComponent(url.pathname),
      query: Object.fromEntries(url.searchParams),
      headers,
      body,
    },
    {
      signingDate: new Date(signedMs),
      signableHeaders: new Set(names),
      unsignableHeaders: new Set(["authorization"]),
    },
  );
  return String(signed.headers["authorization"]).endsWith(`Signature=${signature ?? ""}`);
}
