import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import pLimit from "p-limit";
import { LIMITS } from "../../shared/contracts/limits.ts";
import {
  cutEntry,
  packEntries,
  type Reference,
  type SegmentSizes,
} from "../../shared/domain/segments.ts";
import { required } from "../../shared/std/assert.ts";
import type { BlobStore } from "../ports/blobs.ts";
import type { Segments, StoredSegment } from "../ports/segments.ts";

const HOUR_MS = 3_600_000;
const READS_AT_ONCE = 8;
const TYPE = "application/octet-stream";
/** Of segments that were written or read lately: whoever appends applies next. */
const CACHED_BYTES_MAX = 4 * LIMITS.segmentBytesMax;

/** Segments as blobs `segments/<incarnation>/<hour>-<SHA-256 of the bytes>`, the hour counted from 1970. */
export class BlobSegments implements Segments {
  readonly #blobs: BlobStore;
  readonly #wallMs: () => number;
  readonly #sizes: SegmentSizes;
  readonly #cached = new LRUCache<string, Uint8Array>({
    maxSize: CACHED_BYTES_MAX,
    sizeCalculation: (bytes) => Math.max(1, bytes.length),
  });

  constructor(blobs: BlobStore, wallMs: () => number, sizes: SegmentSizes = LIMITS) {
    this.#blobs = blobs;
    this.#wallMs = wallMs;
    this.#sizes = sizes;
  }

  async keep(
    incarnation: string,
    entries: readonly string[],
    signal: AbortSignal,
  ): Promise<(Reference | null)[]> {
    const encoder = new TextEncoder();
    const { segments, places } = packEntries(
      entries.map((entry) => encoder.encode(entry)),
      this.#sizes,
    );
    const hour = Math.floor(this.#wallMs() / HOUR_MS);
    const names = await Promise.all(
      segments.map(async (bytes) => {
        const name = `${hour}-${digestOf(bytes)}`;
        const blob = blobOf(incarnation, name);
        await this.#blobs.put(blob, bytes, TYPE, signal);
        this.#cached.set(blob, bytes);
        return name;
      }),
    );
    return places.map((place) => {
      if (place === null) return null;
      const { number, offset, length } = place;
      return { segment: required(names[number], "each segment has a name"), offset, length };
    });
  }

  async read(
    incarnation: string,
    wanted: readonly { readonly reference: Reference; readonly digest: string }[],
    signal: AbortSignal,
  ): Promise<(string | null)[]> {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const names = new Set(wanted.map(({ reference: { segment } }) => segment));
    const atOnce = pLimit(READS_AT_ONCE);
    const reads = [...names].map((name) =>
      atOnce(async () => [name, await this.#get(blobOf(incarnation, name), signal)] as const),
    );
    const segments = new Map(await Promise.all(reads));
    return wanted.map(({ reference, digest }) => {
      const bytes = segments.get(reference.segment) ?? null;
      const entry = bytes === null ? null : cutEntry(bytes, reference);
      return entry !== null && digestOf(entry) === digest ? decoder.decode(entry) : null;
    });
  }

  async list(incarnation: string, limit: number, signal: AbortSignal): Promise<StoredSegment[]> {
    const prefix = blobOf(incarnation, "");
    const blobs = await this.#blobs.list(prefix, limit, signal);
    return blobs.flatMap((blob) => {
      const name = blob.slice(prefix.length);
      const hour = /^(\d+)-[0-9a-f]{64}$/.exec(name)?.[1];
      return hour === undefined ? [] : [{ name, writtenMs: (Number(hour) + 1) * HOUR_MS }];
    });
  }

  async remove(incarnation: string, name: string, signal: AbortSignal): Promise<void> {
    const blob = blobOf(incarnation, name);
    this.#cached.delete(blob);
    await this.#blobs.remove(blob, signal);
  }

  async #get(blob: string, signal: AbortSignal): Promise<Uint8Array | null> {
    const cached = this.#cached.get(blob);
    if (cached !== undefined) return cached;
    const found = await this.#blobs.get(blob, signal);
    // What was altered is not kept: it may be mended.
    if (found !== null && blob.endsWith(digestOf(found.bytes))) this.#cached.set(blob, found.bytes);
    return found?.bytes ?? null;
  }
}

function blobOf(incarnation: string, name: string): string {
  return `segments/${incarnation}/${name}`;
}

/** The platform's own: all bytes of a bulk write go through it twice. */
function digestOf(bytes: Uint8Array): string {
  return hash("sha256", bytes, "hex");
}
