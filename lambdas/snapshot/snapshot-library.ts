import {
  SnapshotManifest,
  SnapshotVerdict,
  StoredManifest,
  type SnapshotPart,
} from "../../shared/contracts/snapshot.ts";
import { ContentDigest } from "../../shared/domain/content-digest.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import { canonicalJson, type Json } from "../../shared/std/canonical-json.ts";
import { required } from "../../shared/std/assert.ts";
import type { BlobStore } from "../ports/blobs.ts";
import { SnapshotDamaged } from "./snapshot-damaged.ts";
import {
  incarnationOf,
  partName,
  snapshotBlob,
  snapshotOfBlob,
  snapshotsPrefix,
} from "./snapshot-names.ts";

const MANIFEST = "manifest";
const VERDICT = "verdict";
const JSON_TYPE = "application/json";
const LINES_TYPE = "application/x-ndjson";
/** Blobs of one tenant that are looked through for manifests. */
const LISTED_MAX = 200_000;

export interface ListedSnapshot {
  readonly manifest: SnapshotManifest;
  /** All of it was read back when it was made. */
  readonly verified: boolean;
}

/** Snapshots in the blob store: parts first, the manifest when all of them are there, the verdict when all was read back. */
export class SnapshotLibrary {
  readonly #blobs: BlobStore;

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  async writePart(
    tenant: string,
    snapshot: string,
    index: number,
    lines: readonly string[],
    signal: AbortSignal,
  ): Promise<SnapshotPart> {
    const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
    await this.#blobs.put(
      snapshotBlob(tenant, snapshot, partName(index)),
      bytes,
      LINES_TYPE,
      signal,
    );
    return { bytes: bytes.length, documents: lines.length, sha256: sha256Hex(bytes) };
  }

  async writeManifest(manifest: SnapshotManifest, signal: AbortSignal): Promise<void> {
    const stored = { manifest, sha256: digestOf(manifest) };
    const { record, id } = manifest;
    await this.#putJson(snapshotBlob(record.tenant, id, MANIFEST), stored, signal);
  }

  /**
   * Reads all of a snapshot back from the store, and says that it counts.
   * @throws SnapshotDamaged
   */
  async verify(
    tenant: string,
    snapshot: string,
    by: { readonly region: string; readonly atMs: number },
    signal: AbortSignal,
  ): Promise<void> {
    const manifest = await this.manifest(tenant, snapshot, signal);
    if (manifest === null) throw new SnapshotDamaged(snapshot, MANIFEST, "is missing");
    for await (const _ of this.lines(manifest, signal));
    const verdict: SnapshotVerdict = { manifest: digestOf(manifest), ...by };
    await this.#putJson(snapshotBlob(tenant, snapshot, VERDICT), verdict, signal);
  }

  /**
   * The lines of each part, in order; after the last, all of it is as the manifest says.
   * @throws SnapshotDamaged, before anything of a damaged part is given
   */
  async *lines(
    manifest: SnapshotManifest,
    signal: AbortSignal,
  ): AsyncGenerator<readonly string[], void, void> {
    const digest = new ContentDigest();
    let documents = 0;
    for (const index of manifest.parts.keys()) {
      const lines = await this.#part(manifest, index, signal);
      for (const line of lines) digest.add(line);
      documents += lines.length;
      yield lines;
    }
    if (documents !== manifest.documents || digest.hex() !== manifest.digest)
      throw new SnapshotDamaged(manifest.id, MANIFEST, "does not fit its parts");
  }

  /**
   * @returns null where there is none
   * @throws SnapshotDamaged where it can't be read, or is another's
   */
  async manifest(
    tenant: string,
    snapshot: string,
    signal: AbortSignal,
  ): Promise<SnapshotManifest | null> {
    const blob = await this.#blobs.get(snapshotBlob(tenant, snapshot, MANIFEST), signal);
    if (blob === null) return null;
    const manifest = readManifest(snapshot, blob.bytes);
    const { id, record } = manifest;
    const itsOwn = id === snapshot && record.tenant === tenant;
    if (itsOwn && record.incarnation === incarnationOf(snapshot)) return manifest;
    throw new SnapshotDamaged(snapshot, MANIFEST, "is of another snapshot");
  }

  /** Of a tenant, or of one collection; newest first. Damaged manifests are left out, and told. */
  async list(
    tenant: string,
    incarnation: string | null,
    signal: AbortSignal,
    onDamaged: (error: SnapshotDamaged) => void,
  ): Promise<ListedSnapshot[]> {
    const prefix = snapshotsPrefix(tenant, incarnation);
    const names = await this.#blobs.list(prefix, LISTED_MAX, signal);
    const ids = names.filter((name) => name.endsWith(`/${MANIFEST}`)).map(snapshotOfBlob);
    const listed: ListedSnapshot[] = [];
    for (const id of ids.toSorted().toReversed()) {
      try {
        const manifest = await this.manifest(tenant, id, signal);
        if (manifest !== null)
          listed.push({ manifest, verified: await this.#isVerified(manifest, signal) });
      } catch (error) {
        if (!(error instanceof SnapshotDamaged)) throw error;
        onDamaged(error);
      }
    }
    return listed;
  }

  /** Removes what was begun and never read back. Only for who knows that nobody is making a snapshot of the collection now. */
  async removeUnfinished(tenant: string, incarnation: string, signal: AbortSignal): Promise<void> {
    const names = await this.#blobs.list(snapshotsPrefix(tenant, incarnation), LISTED_MAX, signal);
    const finished = new Set(
      names.filter((name) => name.endsWith(`/${VERDICT}`)).map(snapshotOfBlob),
    );
    for (const id of new Set(names.map(snapshotOfBlob)))
      if (!finished.has(id)) await this.remove(tenant, id, signal);
  }

  async removeAll(tenant: string, incarnation: string, signal: AbortSignal): Promise<void> {
    const names = await this.#blobs.list(snapshotsPrefix(tenant, incarnation), LISTED_MAX, signal);
    for (const id of new Set(names.map(snapshotOfBlob))) await this.remove(tenant, id, signal);
  }

  /** Removes a snapshot: first what makes it one. */
  async remove(tenant: string, snapshot: string, signal: AbortSignal): Promise<void> {
    for (const blob of [VERDICT, MANIFEST])
      await this.#blobs.remove(snapshotBlob(tenant, snapshot, blob), signal);
    const prefix = snapshotBlob(tenant, snapshot, "");
    for (const name of await this.#blobs.list(prefix, LISTED_MAX, signal))
      await this.#blobs.remove(name, signal);
  }

  async #part(
    { record: { tenant }, id, parts }: SnapshotManifest,
    index: number,
    signal: AbortSignal,
  ): Promise<string[]> {
    const name = partName(index);
    const part = required(parts[index], "the manifest lists the part");
    const blob = await this.#blobs.get(snapshotBlob(tenant, id, name), signal);
    if (blob === null) throw new SnapshotDamaged(id, name, "is missing");
    if (blob.bytes.length !== part.bytes)
      throw new SnapshotDamaged(id, name, `has ${blob.bytes.length} of ${part.bytes} bytes`);
    if (sha256Hex(blob.bytes) !== part.sha256) throw new SnapshotDamaged(id, name, "was altered");
    const lines = new TextDecoder().decode(blob.bytes).split("\n").slice(0, -1);
    if (lines.length !== part.documents)
      throw new SnapshotDamaged(id, name, `has ${lines.length} of ${part.documents} documents`);
    return lines;
  }

  async #isVerified(manifest: SnapshotManifest, signal: AbortSignal): Promise<boolean> {
    const { record, id } = manifest;
    const blob = await this.#blobs.get(snapshotBlob(record.tenant, id, VERDICT), signal);
    if (blob === null) return false;
    const verdict = SnapshotVerdict.safeParse(jsonOf(blob.bytes));
    return verdict.success && verdict.data.manifest === digestOf(manifest);
  }

  #putJson(name: string, value: object, signal: AbortSignal): Promise<void> {
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    return this.#blobs.put(name, bytes, JSON_TYPE, signal);
  }
}

function readManifest(snapshot: string, bytes: Uint8Array): SnapshotManifest {
  const stored = StoredManifest.safeParse(jsonOf(bytes));
  if (!stored.success) throw new SnapshotDamaged(snapshot, MANIFEST, "can't be read");
  const { manifest, sha256 } = stored.data;
  if (sha256Hex(canonicalJson(manifest as Json)) !== sha256)
    throw new SnapshotDamaged(snapshot, MANIFEST, "was altered");
  const read = SnapshotManifest.safeParse(manifest);
  if (!read.success)
    throw new SnapshotDamaged(snapshot, MANIFEST, "is of another form", read.error);
  return read.data;
}

/** Of the JSON that is stored. */
function digestOf(manifest: SnapshotManifest): string {
  return sha256Hex(canonicalJson(JSON.parse(JSON.stringify(manifest))));
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null; // Refused by the schema, as anything else would be.
  }
}
