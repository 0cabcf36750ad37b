import type { BlobStore } from "../../lambdas/ports/blobs.ts";

/** A blob store that all regions of the world share, and that loses nothing. */
export class SimulatedBlobs implements BlobStore {
  readonly #blobs = new Map<string, { readonly bytes: Uint8Array; readonly type: string }>();

  async put(name: string, bytes: Uint8Array, type: string): Promise<void> {
    this.#blobs.set(name, { bytes, type });
  }

  async get(name: string) {
    return this.#blobs.get(name) ?? null;
  }

  async list(prefix: string, limit: number): Promise<readonly string[]> {
    return [...this.#blobs.keys()].filter((name) => name.startsWith(prefix)).slice(0, limit);
  }

  async remove(name: string): Promise<void> {
    this.#blobs.delete(name);
  }
}
