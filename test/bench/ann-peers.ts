import type { AnnData } from "./ann-data.ts";
import type { Figure } from "./benchmark.ts";
import type { Round, Rounds } from "./paired.ts";

/** Another engine with the same vectors, in a process of its own. */
export interface Peer {
  readonly name: string;
  ask(queries: number, truth: readonly ReadonlySet<string>[]): Promise<Round>;
  figures(sides: Rounds<string>): readonly Figure[];
  end(): void;
}

export async function openPeers(
  _data: AnnData,
  _k: number,
  _say: (step: string) => void,
): Promise<readonly Peer[]> {
  return [];
}
