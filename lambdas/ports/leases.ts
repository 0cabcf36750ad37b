/** The right to apply one collection in one region. */
export interface Lease {
  /** Rises with every holder: what an older holder still has in flight is refused by number, not by time. */
  readonly fence: number;
  /** Extends the lease; false if it was lost. */
  renew(signal: AbortSignal): Promise<boolean>;
  release(signal: AbortSignal): Promise<void>;
}

export interface Leases {
  /**
   * @param fenceSeen the checkpoint's fence: the new one is greater, even if the counter was lost
   * @returns null while another holds it
   */
  acquire(incarnation: string, fenceSeen: number, signal: AbortSignal): Promise<Lease | null>;
}
