import { hmac } from "@noble/hashes/hmac.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** Hex SHA-256, 64 digits, of bytes or of a text's UTF-8. */
export function sha256Hex(data: Uint8Array | string): string {
  return bytesToHex(sha256(typeof data === "string" ? utf8ToBytes(data) : data));
}

/** Hex SHA-1, 40 digits, of a text's UTF-8: only for the log's chain (contracts/checkpoint.ts says why). */
export function sha1Hex(text: string): string {
  return bytesToHex(sha1(utf8ToBytes(text)));
}

/** Hex HMAC-SHA-256, 64 digits. @see RFC 2104 */
export function hmacHex(secret: string, text: string): string {
  return bytesToHex(hmac(sha256, utf8ToBytes(secret), utf8ToBytes(text)));
}

/** Equality whose time does not depend on where the texts differ. Lengths are not secret. */
export function equalInConstantTime(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

/** Length in bytes of a text's UTF-8. */
export function utf8Length(text: string): number {
  return utf8ToBytes(text).length;
}

/** Standard base64 with padding. Chunked, since an argument list has a limit. */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let i = 0; i < bytes.length; i += 8_192)
    binary += String.fromCharCode(...bytes.subarray(i, i + 8_192));
  return btoa(binary);
}

/** Bytes of standard base64, or null if the text is not base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  } catch (error) {
    if (error instanceof DOMException) return null; // What atob throws at a character that is not base64.
    throw error;
  }
}

/** A vector as base64 of little-endian float32, the form in which vectors travel and are logged. */
export function encodeVector(vector: Float32Array): string {
  return toBase64(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
}

/** The vector of such a text, or null if it is not base64 of whole float32 values. */
export function decodeVector(text: string): Float32Array | null {
  const bytes = fromBase64(text);
  if (bytes === null || bytes.length % 4 !== 0) return null;
  return new Float32Array(bytes.buffer, 0, bytes.length / 4);
}
