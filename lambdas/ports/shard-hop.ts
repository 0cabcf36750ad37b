/** Which copy of which shard a leg goes to. */
export interface LegPlace {
  readonly region: string;
  readonly shard: number;
  readonly replica: number;
}

/**
 * The way from the fan-out to a shard's copy. Law: gives what `call` gives, unless the way itself fails; `call` gets a signal that
 * aborts no later than `signal`.
 */
export type ShardHop = <T>(
  place: LegPlace,
  call: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
) => Promise<T>;
