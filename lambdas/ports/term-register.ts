/** Remembers the highest term of each collection outside the log: the tail that a log loses may have held its last promotion. */
export interface TermRegister {
  /**
   * Takes a term that nobody has had, by compare-and-set; durable when it returns.
   *
   * @param above the highest term that the log and the regions are known to have had
   * @returns greater than `above` and than every term that was taken before
   */
  take(incarnation: string, above: number, signal: AbortSignal): Promise<number>;
}
