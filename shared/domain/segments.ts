/** How much of a log's entries lies in the log itself, in bytes. */
export interface SegmentSizes {
  /** An entry beyond it lies in a segment. */
  readonly inlineEntryBytesMax: number;
  /** Entries of one append that together are beyond it do so all of them. */
  readonly inlineAppendBytesMax: number;
  readonly segmentBytesMax: number;
}

/** Where an entry lies outside of the log: a segment's name, and which of its bytes. */
export interface Reference {
  readonly segment: string;
  readonly offset: number;
  readonly length: number;
}

/** Entries of one append, packed. */
export interface Packed {
  /** Bytes of each segment. */
  readonly segments: readonly Uint8Array[];
  /** By entry: the number of its segment, and which of its bytes; null for one that stays in the log. */
  readonly places: readonly (Place | null)[];
}

interface Place extends Omit<Reference, "segment"> {
  readonly number: number;
}

/** Packs entries that are too large for the log, in order, into as few segments as hold them. An entry larger than a segment gets one of its own. */
export function packEntries(entries: readonly Uint8Array[], sizes: SegmentSizes): Packed {
  const total = entries.reduce((sum, { length }) => sum + length, 0);
  const limit = total > sizes.inlineAppendBytesMax ? -1 : sizes.inlineEntryBytesMax;
  const groups: { entries: Uint8Array[]; length: number }[] = [];
  const places = entries.map((entry): Place | null => {
    const { length } = entry;
    if (length <= limit) return null;
    let group = groups.at(-1);
    if (group === undefined || group.length + length > sizes.segmentBytesMax) {
      group = { entries: [], length: 0 };
      groups.push(group);
    }
    const offset = group.length;
    group.entries.push(entry);
    group.length += length;
    return { number: groups.length - 1, offset, length };
  });
  return { segments: groups.map(concatenated), places };
}

/** The bytes of an entry; null where the segment does not have them. */
export function cutEntry(segment: Uint8Array, { offset, length }: Reference): Uint8Array | null {
  return offset + length > segment.length ? null : segment.subarray(offset, offset + length);
}

/** `<segment>:<offset>:<length>` */
export function writeReference({ segment, offset, length }: Reference): string {
  return `${segment}:${offset}:${length}`;
}

/** Null for what is no reference. */
export function readReference(text: string): Reference | null {
  const [, segment, offset, length] = /^([^:]+):(\d+):(\d+)$/.exec(text) ?? [];
  return segment === undefined ? null : { segment, offset: Number(offset), length: Number(length) };
}

function concatenated({ entries, length }: { entries: Uint8Array[]; length: number }): Uint8Array {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const entry of entries) {
    bytes.set(entry, offset);
    offset += entry.length;
  }
  return bytes;
}
