export interface Scrubbed {
  /** Names of files that do not hold what they did. */
  readonly damaged: readonly string[];
  /** That were read. */
  readonly bytes: number;
}

/** Whether a store's data files still hold what was written to them. Only for stores whose files never change once they are there. */
export interface DataScrub {
  /**
   * Reads some files of a layout again, those first that were not read for longest, and keeps a digest of each that it had none of.
   *
   * @param key of the layout
   * @param bytesMax from which on no other file is begun
   */
  scrub(key: string, bytesMax: number, signal: AbortSignal): Promise<Scrubbed>;
  /** Reads all files that there is a digest of, and keeps nothing. @returns names of files that do not hold what they did */
  check(key: string, signal: AbortSignal): Promise<readonly string[]>;
}
