import { randomUUID } from "node:crypto";
import type { Clock } from "../shared/std/clock.ts";
import type { UpstashLog } from "./adapters/upstash-log.ts";
import type { UpstashWatchList } from "./adapters/upstash-watch-list.ts";
import { report } from "./compose-report.ts";
import type { Applier } from "./replicate/applier.ts";
import { WatchKeeper } from "./watch/keeper.ts";
import { Registrar } from "./watch/registrar.ts";

/** The region's watch list: who keeps it, and who puts answers on it, which takes the keeper's run where there is no list yet. */
export function openWatching(
  watch: UpstashWatchList,
  log: UpstashLog,
  clock: Clock,
  watches: boolean,
) {
  const onFailure = (collection: string, error: unknown) =>
    report("watch-failed", { collection, error });
  return {
    keeper: watches ? new WatchKeeper({ watch, log, newId: randomUUID, onFailure }) : null,
    registrarFor: (applier: Applier) =>
      new Registrar({
        watches,
        watch,
        beginList: (record, signal) => applier.catchUp(record, null, signal),
        nowMs: () => clock.monotonicMs(),
        newId: randomUUID,
        onFailure,
      }),
  };
}
