import { randomName, type Random } from "../../shared/std/random.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";

const POSITION_DIGITS = 15;
const RANDOM_CHARS = 8;

/** A new id: no other snapshot ever has it. */
export function newSnapshotId(incarnation: string, position: number, random: Random): string {
  const padded = String(position).padStart(POSITION_DIGITS, "0");
  return `${incarnation}-${padded}-${randomName(RANDOM_CHARS, random)}`;
}

export function incarnationOf(snapshot: string): string {
  return snapshot.slice(0, snapshot.indexOf("-"));
}

/** What the names of all blobs of a tenant's snapshots begin with, or of one collection's. A tenant is any text, so it is hashed. */
export function snapshotsPrefix(tenant: string, incarnation: string | null): string {
  const owner = `snapshots/${sha256Hex(tenant).slice(0, 32)}/`;
  return incarnation === null ? owner : `${owner}${incarnation}/`;
}

/** Name of one of a snapshot's blobs. @param blob `manifest`, `verdict`, or a part */
export function snapshotBlob(tenant: string, snapshot: string, blob: string): string {
  return `${snapshotsPrefix(tenant, incarnationOf(snapshot))}${snapshot}/${blob}`;
}

/** The snapshot that a blob's name is of. */
export function snapshotOfBlob(name: string): string {
  return name.split("/")[3] ?? "";
}

export function partName(index: number): string {
  return `part-${String(index).padStart(5, "0")}`;
}

/** Position of a snapshot, by its id. */
export function positionOf(snapshot: string): number {
  return Number(snapshot.split("-")[1]);
}
