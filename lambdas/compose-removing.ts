import type { Redis } from "@upstash/redis";
import { UpstashSeals } from "./adapters/upstash-seals.ts";
import { report } from "./compose-report.ts";
import type { Snapshots } from "./compose-snapshots.ts";
import type { Seals } from "./ports/seals.ts";
import { Remover, type RemoverDeps } from "./remove/remover.ts";

/** What ends collections. */
export interface Removing {
  readonly seals: Seals;
  readonly remover: Remover;
}

export interface RemovingParts extends Omit<
  RemoverDeps,
  "seals" | "notes" | "library" | "onFailure"
> {
  readonly logRedis: Redis;
  readonly snapshots: Pick<Snapshots, "notes" | "library">;
}

export function openRemoving({ logRedis, snapshots, ...parts }: RemovingParts): Removing {
  const { notes, library } = snapshots;
  const seals = new UpstashSeals(logRedis);
  const onFailure = (collection: string, error: unknown) =>
    report("remove-failed", { collection, error });
  return { seals, remover: new Remover({ ...parts, seals, notes, library, onFailure }) };
}
