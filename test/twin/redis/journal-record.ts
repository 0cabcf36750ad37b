import { crc32 } from "node:zlib";
import type { Command } from "./engine.ts";

/**
 * One line of the journal.
 * - `commands`: one command, or a transaction's, run at the engine's time `timeMs` with chance drawn from `seed`
 * - `value`: a key as a snapshot holds it; `data` is v8.serialize of the engine's value, `expiresAtMs` 0 is never
 * - `script`: a cached Lua script
 * - `run`: a start of the engine, with the run id that scripts read from INFO
 */
export type JournalRecord =
  | {
      readonly kind: "commands";
      readonly timeMs: number;
      readonly seed: number;
      readonly commands: readonly Command[];
    }
  | {
      readonly kind: "value";
      readonly key: Buffer;
      readonly expiresAtMs: number;
      readonly data: Buffer;
    }
  | { readonly kind: "script"; readonly script: Buffer }
  | { readonly kind: "run"; readonly runId: string; readonly timeMs: number };

/** Bytes before a record's payload: its length and its CRC-32, both little-endian. */
export const RECORD_HEADER_BYTES = 8;
/** A longer record is taken for damage. */
const RECORD_BYTES_MAX = 1_073_741_824;

const KINDS = ["commands", "value", "script", "run"] as const;

/** Header and payload. Every field is a list of byte strings, so one reader serves all kinds. */
export function encodeRecord(record: JournalRecord): Buffer {
  const head = Buffer.alloc(1 + 8 + 4);
  head.writeUInt8(KINDS.indexOf(record.kind), 0);
  head.writeDoubleLE(
    record.kind === "value" ? record.expiresAtMs : record.kind === "script" ? 0 : record.timeMs,
    1,
  );
  head.writeUInt32LE(record.kind === "commands" ? record.seed : 0, 9);
  const parts = [
    head,
    ...fieldsOf(record).flatMap((list) => [uint32(list.length), ...list.flatMap(prefixed)]),
  ];
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  const checksum = parts.reduce((sum, part) => crc32(part, sum), 0);
  return Buffer.concat([uint32(bytes), uint32(checksum), ...parts], RECORD_HEADER_BYTES + bytes);
}

/**
 * The record at an offset of a journal's bytes.
 * @returns the record and where the next begins; null where a whole and undamaged one is missing
 */
export function decodeRecord(
  bytes: Buffer,
  offset: number,
): { readonly record: JournalRecord; readonly end: number } | null {
  if (!isRecord(bytes, offset)) return null;
  const start = offset + RECORD_HEADER_BYTES;
  const end = start + bytes.readUInt32LE(offset);
  return { record: decodePayload(bytes.subarray(start, end)), end };
}

/** Whether a whole and undamaged record begins at an offset. */
export function isRecord(bytes: Buffer, offset: number): boolean {
  const start = offset + RECORD_HEADER_BYTES;
  if (start > bytes.length) return false;
  const length = bytes.readUInt32LE(offset);
  if (length < 13 || length > RECORD_BYTES_MAX || start + length > bytes.length) return false;
  return crc32(bytes.subarray(start, start + length)) === bytes.readUInt32LE(offset + 4);
}

function decodePayload(payload: Buffer): JournalRecord {
  const kind = KINDS[payload.readUInt8(0)];
  const number = payload.readDoubleLE(1);
  const lists: Buffer[][] = [];
  for (let at = 13; at < payload.length;) {
    const list: Buffer[] = [];
    let left = payload.readUInt32LE(at);
    at += 4;
    for (; left > 0; left--) {
      const length = payload.readUInt32LE(at);
      // Copied: the engine keeps these bytes, the journal's buffer should go.
      list.push(Buffer.from(payload.subarray(at + 4, at + 4 + length)));
      at += 4 + length;
    }
    lists.push(list);
  }
  const first = lists[0] ?? [];
  const bytes = first[0] ?? Buffer.alloc(0);
  switch (kind) {
    case "commands":
      return { kind, timeMs: number, seed: payload.readUInt32LE(9), commands: lists };
    case "value":
      return { kind, key: bytes, expiresAtMs: number, data: first[1] ?? Buffer.alloc(0) };
    case "script":
      return { kind, script: bytes };
    case "run":
      return { kind, runId: bytes.toString(), timeMs: number };
    default:
      throw new Error(
        `The journal has a record of unknown kind ${payload.readUInt8(0)}: it is of a newer version`,
      );
  }
}

function fieldsOf(record: JournalRecord): readonly (readonly Buffer[])[] {
  switch (record.kind) {
    case "commands":
      return record.commands;
    case "value":
      return [[record.key, record.data]];
    case "script":
      return [[record.script]];
    case "run":
      return [[Buffer.from(record.runId)]];
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

function prefixed(bytes: Buffer): Buffer[] {
  return [uint32(bytes.length), bytes];
}
