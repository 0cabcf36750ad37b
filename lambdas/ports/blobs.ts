/** Immutable bytes by name: media by content hash. */
export interface BlobStore {
  /** Durable when it returns; harmless when repeated. */
  put(name: string, bytes: Uint8Array, type: string, signal: AbortSignal): Promise<void>;
  get(
    name: string,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: Uint8Array; readonly type: string } | null>;
}
