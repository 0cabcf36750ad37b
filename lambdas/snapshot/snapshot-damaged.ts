import type { DamagedPart } from "../../shared/contracts/snapshot.ts";

/** A part of a snapshot is missing, cut short or altered: nothing of the snapshot may be used. */
export class SnapshotDamaged extends Error {
  override readonly name = "SnapshotDamaged";
  readonly damaged: DamagedPart;

  constructor(snapshot: string, part: string, why: string, cause?: unknown) {
    super(`${part} of snapshot ${snapshot} ${why}`, cause === undefined ? undefined : { cause });
    this.damaged = { snapshot, part };
  }
}
