/** What `lambdas/compose-applying.ts` opens, with the bug that NEARFIELD_PLANT names. */
import { openStore as openWhole } from "../../../lambdas/adapters/open-store.ts";
import { UpstashLog as WholeLog } from "../../../lambdas/adapters/upstash-log.ts";
import { UpstashWatchList as WholeList } from "../../../lambdas/adapters/upstash-watch-list.ts";
import { openBlobs as openWholeBlobs } from "../../../lambdas/compose-blobs.ts";
import { regionBugs } from "../../simulate/bug.ts";
import { BUGS } from "../../simulate/bugs.ts";
import { realTime } from "./real-time.ts";

const { log, store, watch, blobs } = regionBugs(
  BUGS[process.env["NEARFIELD_PLANT"] ?? ""] ?? null,
  {
    time: realTime,
  },
);

export const UpstashLog = new Proxy(WholeLog, {
  construct: (whole, given: ConstructorParameters<typeof WholeLog>) => log(new whole(...given)),
});

export const UpstashWatchList = new Proxy(WholeList, {
  construct: (whole, given: ConstructorParameters<typeof WholeList>) => watch(new whole(...given)),
});

export async function openStore(...given: Parameters<typeof openWhole>) {
  return store(await openWhole(...given));
}

export async function openBlobs(...given: Parameters<typeof openWholeBlobs>) {
  return blobs(await openWholeBlobs(...given));
}
