/** Keeps what a region holds of entries that the log has lost, for whoever writes it again. */
export interface LostEntries {
  /** Null where something of that name was kept before: it stays as it is. @returns where it lies, for people */
  keep(
    name: string,
    lines: AsyncIterable<string>,
    signal: AbortSignal,
  ): Promise<{ readonly path: string; readonly lines: number } | null>;
}
