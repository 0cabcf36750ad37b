/** Immutable bytes by name: media by content hash, segments of the log, snapshots by their own names. */
export interface BlobStore {
  /** Durable when it returns; harmless when repeated. */
  put(name: string, bytes: Uint8Array, type: string, signal: AbortSignal): Promise<void>;
  get(
    name: string,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: Uint8Array; readonly type: string } | null>;
  /**
   * Names that begin with a prefix, in no order, `limit` at most: only of those below `snapshots/` and `segments/`, whose parts
   * between slashes are of `[a-z0-9.-]`.
   */
  list(prefix: string, limit: number, signal: AbortSignal): Promise<readonly string[]>;
  /** Harmless where there is none. */
  remove(name: string, signal: AbortSignal): Promise<void>;
}
